import BrokerCore
import HTTPServing
import Hosting
import JSONText
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

extension API {
  static var jobActionRoutes: [Route] {
    [
      Route(
        "POST", "/v1/jobs/{id}/cancel",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: true) { api, context, body throws(Problem) in
          try api.cancelJob(context, body)
        }),
      Route(
        "POST", "/v1/jobs/cancel",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: false) { api, context, body throws(Problem) in
          try api.cancelMatching(context, body)
        }),
      Route(
        "PATCH", "/v1/jobs/{id}",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: false) { api, context, body throws(Problem) in
          try api.changeJob(context, body)
        }),
    ]
  }

  /// For bodies with a handful of fields.
  static let smallBody = 16 * 1_024
  /// Of an exception's note.
  private static let noteBytes = 1_024

  private func cancelJob(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let id = try jobID(context)
    let fields = try ClosedObject(body, allowing: ["note"], isOptional: true)
    let command = Command.cancel(id, note: try fields.text("note", upTo: Self.noteBytes) ?? "")
    return try actOnJob(id, command, context, isDryRun: try query.flag("dry_run")) { [self] () throws(Problem) in
      // Ended meanwhile, or cancelled while waiting: the archive has it.
      let found = try visibleJob(id, context)
      return Answers.json(200, context.requestID, Self.rendered(found, broker.withSnapshot { $0.graph }))
    }
  }

  private func changeJob(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let id = try jobID(context)
    let fields = try ClosedObject(body, allowing: ["urgency"])
    guard let urgency = try fields.integer("urgency", in: 0...31) else {
      throw Problem(422, "invalid", "there is nothing to change; urgency can be")
    }
    let command = Command.setUrgency(id, UInt8(urgency))
    return try actOnJob(id, command, context, isDryRun: try query.flag("dry_run")) { [self] () throws(Problem) in
      let found = try visibleJob(id, context)
      return Answers.json(200, context.requestID, Self.rendered(found, broker.withSnapshot { $0.graph }))
    }
  }

  /// Sends a command about one job; a job that is not active is told apart from one that never was.
  func actOnJob(
    _ id: JobID, _ command: Command, _ context: RequestContext, isDryRun: Bool,
    _ respond: @escaping @Sendable () throws(Problem) -> HTTPResponse
  ) throws(Problem) -> HTTPReply {
    let pending = unanswered(context, seconds: JobWait.commitSeconds)
    let settle: @Sendable (Outcome) -> Void = { [self] outcome in
      switch outcome {
      case .answered: readLater(context, pending, respond)
      case .refused(.unknownJob):
        readLater(context, pending) { [self] () throws(Problem) in
          _ = try visibleJob(id, context)
          throw Problem(Refusal.jobEnded(id))
        }
      default: pending.complete { [self] in failure(outcome, context) }
      }
    }
    if isDryRun {
      do throws(Refusal) {
        settle(.answered(try broker.snapshot.decide(command, by: context.attribution, at: broker.ports.now()).answer))
      } catch {
        settle(.refused(error))
      }
    } else {
      try send(command, context, then: settle)
    }
    return .later(pending)
  }

  // MARK: Many

  private func cancelMatching(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let fields = try ClosedObject(body, allowing: ["state", "user", "name", "queue", "note", "all"])
    var filter = JobFilter(states: .active)
    if let text = try fields.text("state", upTo: 256) {
      filter.states = []
      for name in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let states = JobStates(name: name), states.isSubset(of: .active) else {
          throw Problem(invalid: "/state", "must name active states such as PENDING or RUN")
        }
        filter.states.formUnion(states)
      }
    }
    filter.user = try fields.text("user", upTo: 256)
    filter.name = try fields.text("name", upTo: 256)
    filter.queue = try fields.text("queue", upTo: 256)
    let isUnbounded = filter == JobFilter(states: .active)
    guard try fields.flag("all") || !isUnbounded else {
      throw Problem(invalid: "/all", "must be true to cancel every active job that is yours to cancel")
    }
    let note = try fields.text("note", upTo: Self.noteBytes) ?? ""
    if try query.flag("dry_run") { return countMatching(filter, context) }
    let pending = unanswered(context, seconds: JobWait.commitSeconds)
    try send(.cancelMatching(filter, note: note), context) { [self] outcome in
      pending.complete { [self] in
        guard case .answered(.operation(let id, let changed, let isComplete)) = outcome else {
          return failure(outcome, context)
        }
        return Answers.object(isComplete ? 200 : 202, context.requestID) { writer in
          writer.field("operation", String(id))
          writer.field("matched", changed)
          writer.field("complete", isComplete)
        }
      }
    }
    return .later(pending)
  }

  private func countMatching(_ filter: JobFilter, _ context: RequestContext) -> HTTPReply {
    readLater(context) { [self] () throws(Problem) in
      var count = 0
      if let caller = context.caller {
        broker.snapshot.jobs.forEach { _, job in
          if caller.maySee(job.owner), filter.matches(job) { count += 1 }
          return true
        }
      }
      return Answers.object(200, context.requestID) { writer in
        writer.field("dry_run", true)
        writer.field("matched", count)
      }
    }
  }
}
