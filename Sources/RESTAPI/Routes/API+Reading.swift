import BrokerCore
import HTTPServing
import Hosting
import Jobs
import Persistent
import ResourceGraph
import Vocabulary

/// What routes share: finding jobs, reading later, sending commands.
extension API {
  /// The job that a path names. Text that is no id names no job.
  func jobID(_ context: RequestContext) throws(Problem) -> JobID {
    guard let text = context.parameters.first, let id = JobID(parsing: text) else { throw .notFound }
    return id
  }

  /// Answers about one job: at once while it is active, from the archive afterwards.
  /// - Parameter allowed: the query arguments that the route takes.
  func withJob(
    _ context: RequestContext, allowing allowed: [String] = [],
    _ respond: @escaping @Sendable (Job, ResourceGraph?) throws(Problem) -> HTTPResponse
  ) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: allowed)
    let id = try jobID(context)
    let (job, graph) = broker.withSnapshot { ($0.jobs[id], $0.graph) }
    if let job {
      guard let caller = context.caller, caller.maySee(job.owner) else { throw .notFound }
      return .now(try respond(job, graph))
    }
    return readLater(context) { [self] () throws(Problem) in
      try respond(try visibleJob(id, context), broker.withSnapshot { $0.graph })
    }
  }

  /// Active or archived; only on a reader's thread.
  func visibleJob(_ id: JobID, _ context: RequestContext) throws(Problem) -> Job {
    let found: Job?
    if let job = broker.withSnapshot({ $0.jobs[id] }) { found = job } else { found = try archived(id) }
    guard let found, let caller = context.caller, caller.maySee(found.owner) else { throw .notFound }
    return found
  }

  func archived(_ id: JobID) throws(Problem) -> Job? {
    do throws(ArchiveFailure) {
      return try broker.ports.archive.endedJob(id)
    } catch {
      throw Problem(error, epoch: broker.withSnapshot { $0.epoch })
    }
  }

  /// Carries out a read on a thread of its own kind and answers when it is done.
  func readLater(
    _ context: RequestContext, _ read: @escaping @Sendable () throws(Problem) -> HTTPResponse
  ) -> HTTPReply {
    let pending = unanswered(context, seconds: JobWait.commitSeconds)
    readLater(context, pending, read)
    return .later(pending)
  }

  func readLater(
    _ context: RequestContext, _ pending: PendingReply,
    _ read: @escaping @Sendable () throws(Problem) -> HTTPResponse
  ) {
    let isTaken = readers.submit {
      let response: HTTPResponse
      do throws(Problem) {
        response = try read()
      } catch {
        response = error.response(requestID: context.requestID)
      }
      pending.complete { response }
    }
    if !isTaken { pending.complete { Problem(Unavailability.inboxFull).response(requestID: context.requestID) } }
  }

  /// Looks at one job on a reader's thread, and answers with what `make` then makes of it.
  /// - Parameters:
  ///   - early: called on the reader's thread; what it gives is the answer.
  ///   - make: called on an HTTP thread, once the answer can be sent.
  func withFoundJob(
    _ context: RequestContext, _ early: @escaping @Sendable (Job) -> HTTPResponse? = { _ in nil },
    _ make: @escaping @Sendable (Job) throws(Problem) -> HTTPReply
  ) throws(Problem) -> HTTPReply {
    let id = try jobID(context)
    let pending = unanswered(context, seconds: JobWait.commitSeconds)
    let isTaken = readers.submit { [self] in
      do throws(Problem) {
        let job = try visibleJob(id, context)
        if let response = early(job) { return pending.complete { response } }
        pending.complete(with: { [self] in answer(context) { () throws(Problem) in try make(job) } })
      } catch {
        pending.complete { error.response(requestID: context.requestID) }
      }
    }
    if !isTaken { pending.complete { Problem(Unavailability.inboxFull).response(requestID: context.requestID) } }
    return .later(pending)
  }

  func demandOwner(_ context: RequestContext, _ detail: String) throws(Problem) {
    guard context.caller?.role == .owner else { throw Problem(403, "forbidden", detail) }
  }

  /// A reply that says 503 when nothing better comes in time.
  func unanswered(_ context: RequestContext, seconds: Double) -> PendingReply {
    PendingReply(
      onTimeout: {
        var problem = Problem(503, "timeout", "the broker did not answer in time; what was asked may still be done")
        problem.retryAfter = 1
        return problem.response(requestID: context.requestID)
      }, deadline: seconds)
  }

  func send(
    _ command: Command, _ context: RequestContext, then: @escaping @Sendable (Outcome) -> Void
  ) throws(Problem) {
    if let unavailability = broker.send(command, by: context.attribution, then: then) {
      throw Problem(unavailability)
    }
  }

  /// Sends a command whose success says all there is to say.
  func carryOut(
    _ command: Command, _ context: RequestContext, _ respond: @escaping @Sendable () -> HTTPResponse
  ) throws(Problem) -> HTTPReply {
    let pending = unanswered(context, seconds: JobWait.commitSeconds)
    try send(command, context) { [self] outcome in
      pending.complete { [self] in
        guard case .answered = outcome else { return failure(outcome, context) }
        return respond()
      }
    }
    return .later(pending)
  }

  /// Decides and forgets: what a command would come to.
  func preview(of command: Command, _ context: RequestContext) throws(Problem) -> Answer {
    do throws(Refusal) {
      return try broker.snapshot.decide(command, by: context.attribution, at: broker.ports.now()).answer
    } catch {
      throw Problem(error)
    }
  }

  /// The response to anything but success.
  func failure(_ outcome: Outcome, _ context: RequestContext) -> HTTPResponse {
    switch outcome {
    case .refused(let refusal): Problem(refusal).response(requestID: context.requestID)
    case .unavailable(let reason): Problem(reason).response(requestID: context.requestID)
    case .answered: preconditionFailure("an answer that its route does not know")
    }
  }
}
