import BrokerCore
import Dispatch
import HTTPServing
import Hosting
import JSONText
import Jobs
import Synchronization
import Vocabulary

extension API {
  static var waitingRoutes: [Route] {
    [
      Route(
        "POST", "/v1/jobs/wait",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: true) { api, context, body throws(Problem) in
          try api.waitForResult(context, body)
        })
    ]
  }

  private func waitForResult(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    let fields = try ClosedObject(body, allowing: ["id", "timeout"], isOptional: true)
    let id = try fields.text("id", upTo: 64).map { text throws(Problem) in
      guard let id = JobID(parsing: text) else { throw Problem(invalid: "/id", "must be a job's id") }
      return id
    }
    var timeout = JobWait.Request.standard
    if let value = fields.given("timeout") {
      guard let span = value.span, span >= .zero, span <= JobWait.Request.longest else {
        throw Problem(invalid: "/timeout", "must be a duration of at most \(Int(JobWait.Request.longest.seconds)) s")
      }
      timeout = span
    }
    let key = try Idempotency.key(context, route: "POST /v1/jobs/wait") { body in
      body.writeOptional(id) { $0.write($1) }
    }
    let pending = unanswered(context, seconds: timeout.seconds + JobWait.commitSeconds)
    ResultWait(api: self, context: context, job: id, key, timeout: timeout, pending).begin()
    return .later(pending)
  }
}

/// A request that waits for the result of a waitable job: parked, holding no thread.
///
/// Who collects a result is decided by the loop, so that two who wait for any never get the same.
private final class ResultWait: Sendable {
  private struct State {
    var ticket: Watchers.Ticket?
    /// A command is on its way; it may come back with nothing.
    var isAsking = false
    /// Something happened meanwhile.
    var isStale = false
    var isOver = false
    var isLate = false
  }

  private let api: API
  private let context: RequestContext
  private let job: JobID?
  /// Under which the result is kept for a repetition.
  private let key: IdempotencyKey?
  private let timeout: TimeSpan
  private let pending: PendingReply
  private let state = Mutex(State())

  init(
    api: API, context: RequestContext, job: JobID?, _ key: IdempotencyKey?, timeout: TimeSpan, _ pending: PendingReply
  ) {
    self.api = api
    self.context = context
    self.job = job
    self.key = key
    self.timeout = timeout
    self.pending = pending
  }

  /// Watches first and asks afterwards, so that nothing falls between.
  func begin() {
    let ticket = api.broker.watchers.add(job.map { .job($0) }) { [self] in look() }
    let isOver = state.withLock { state in
      if !state.isOver { state.ticket = ticket }
      return state.isOver
    }
    if isOver { api.broker.watchers.remove(ticket) }
    api.deadlines.asyncAfter(deadline: .now() + timeout.seconds) { [self] in expire() }
    ask()
  }

  private func look() {
    let userID = context.attribution.principal.userID
    if api.broker.withSnapshot({ $0.answersWaiting(for: job, by: userID, key) }) { ask() }
  }

  private func ask() {
    // Who has left must not take a result with it.
    guard pending.isAwaited else { return finishLate() }
    let mayAsk = state.withLock { state in
      if state.isAsking { state.isStale = true }
      guard !state.isAsking, !state.isOver else { return false }
      state.isAsking = true
      return true
    }
    guard mayAsk else { return }
    do throws(Problem) {
      try api.send(.collectResult(of: job, idempotency: key), context) { [self] outcome in take(outcome) }
    } catch {
      finish(error.response(requestID: context.requestID))
    }
  }

  private func take(_ outcome: Outcome) {
    switch outcome {
    case .answered(.collected(let result?, let isRepeat)):
      let headers = [HeaderField(name: "Idempotency-Replayed", value: isRepeat ? "true" : "false")]
      finish(
        Answers.object(200, context.requestID, headers: headers) { writer in
          writer.field("jobid", result.job)
          writer.field("success", result.failure == nil)
          writer.field("errstr", result.failure ?? "")
        })
    case .answered:
      let (isStale, isLate) = state.withLock { state in
        defer { state.isStale = false }
        state.isAsking = false
        return (state.isStale, state.isLate)
      }
      if isLate { finishLate() } else if isStale { look() }
    default: finish(api.failure(outcome, context))
    }
  }

  private func expire() {
    // A result that is on its way was collected: it must reach the caller.
    let isIdle = state.withLock { state in
      state.isLate = true
      return !state.isAsking
    }
    if isIdle { finishLate() }
  }

  private func finishLate() {
    finish(
      Answers.object(202, context.requestID) { writer in
        writer.nullField("jobid")
        writer.nullField("success")
        writer.field("errstr", "nothing that is waited for has ended yet")
      })
  }

  private func finish(_ response: HTTPResponse) {
    let (isFirst, ticket) = state.withLock { state in
      defer {
        state.isOver = true
        state.ticket = nil
      }
      return (!state.isOver, state.ticket)
    }
    guard isFirst else { return }
    if let ticket { api.broker.watchers.remove(ticket) }
    pending.complete { response }
  }
}
