import Dispatch
import BrokerCore
import HTTPServing
import Hosting
import Jobs
import Persistent
import ResourceGraph
import Synchronization
import Vocabulary

/// A request that waits until a job has reached a state: parked, holding no thread.
final class JobWait: Sendable {
  /// What `?wait=…&timeout=…` asks for.
  struct Request: Sendable {
    static let longest = TimeSpan.seconds(60)
    static let standard = TimeSpan.seconds(30)

    let state: JobState
    let timeout: TimeSpan

    /// `nil` when nothing is waited for.
    init?(_ query: QueryReader) throws(Problem) {
      let timeout = try query.span("timeout", upTo: Self.longest)
      guard let name = try query.text("wait") else { return nil }
      guard let state = JobState(name: name.uppercased()) else {
        throw .badQuery(
          "wait is a job state: \(JobState.allCases.map { $0.name.lowercased() }.joined(separator: ", "))")
      }
      self.state = state
      self.timeout = timeout ?? Self.standard
    }
  }

  /// How long a commit or a read may take before the caller hears 503.
  static let commitSeconds = 30.0

  private let api: API
  private let context: RequestContext
  private let job: JobID
  private let request: Request
  private let pending: PendingReply
  private let ticket = Mutex<Watchers.Ticket?>(nil)
  private let isOver = Atomic<Bool>(false)

  init(api: API, context: RequestContext, job: JobID, _ request: Request, _ pending: PendingReply) {
    self.api = api
    self.context = context
    self.job = job
    self.request = request
    self.pending = pending
  }

  /// Watches first and looks afterwards, so that nothing falls between.
  func begin() {
    ticket.withLock { $0 = api.broker.watchers.add(.job(job)) { [self] in look() } }
    api.deadlines.asyncAfter(deadline: .now() + request.timeout.seconds) { [self] in answer(status: 202) }
    look()
  }

  private func look() {
    let (found, graph) = api.broker.withSnapshot { ($0.jobs[job], $0.graph) }
    guard let found else { return answer(status: 200) }
    guard let caller = context.caller, caller.maySee(found.owner) else {
      return finish { Problem.notFound.response(requestID: $0) }
    }
    guard found.state.rawValue >= request.state.rawValue else { return }
    let body = API.rendered(found, graph)
    finish { Answers.json(200, $0, body) }
  }

  /// With the job as it is now: ended ones come from the archive.
  private func answer(status: Int) {
    guard !isOver.load(ordering: .acquiring) else { return }
    let isTaken = api.readers.submit { [self] in
      do throws(Problem) {
        let found = try api.visibleJob(job, context)
        let body = API.rendered(found, api.broker.withSnapshot { $0.graph })
        let hasReached = found.state.rawValue >= request.state.rawValue
        finish { Answers.json(hasReached ? 200 : status, $0, body) }
      } catch {
        finish { error.response(requestID: $0) }
      }
    }
    if !isTaken { finish { Problem(Unavailability.inboxFull).response(requestID: $0) } }
  }

  private func finish(_ respond: @escaping @Sendable (String) -> HTTPResponse) {
    guard !isOver.exchange(true, ordering: .acquiringAndReleasing) else { return }
    if let ticket = ticket.withLock({ $0.take() }) { api.broker.watchers.remove(ticket) }
    let requestID = context.requestID
    pending.complete { respond(requestID) }
  }
}
