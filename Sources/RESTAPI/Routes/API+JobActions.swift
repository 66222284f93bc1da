import BrokerCore
import HTTPServing
import Hosting
import JSONText
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

/// What is done to a job, or to many.
private enum ActionName: Sendable {
  case cancel, raise, signal

  /// Fields of the body.
  var fields: [String] {
    switch self {
    case .cancel: ["note"]
    case .raise: ["type", "severity", "note"]
    case .signal: ["signal"]
    }
  }
}

extension API {
  static var jobActionRoutes: [Route] {
    [
      Route("POST", "/v1/jobs/{id}/cancel", one(.cancel)),
      Route("POST", "/v1/jobs/{id}/raise", one(.raise)),
      Route("POST", "/v1/jobs/{id}/signal", one(.signal)),
      Route("POST", "/v1/jobs/cancel", many(.cancel)),
      Route("POST", "/v1/jobs/raise", many(.raise)),
      Route("POST", "/v1/jobs/signal", many(.signal)),
      Route(
        "PATCH", "/v1/jobs/{id}",
        .whole(types: [MediaTypes.json], limit: JobUpdateReader.maximumBytes, isOptional: false) {
          api, context, body throws(Problem) in try api.changeJob(context, body)
        }),
      Route(
        "GET", "/v1/jobs/{id}/priority",
        .none { api, context throws(Problem) in try api.showPriority(context) }),
    ]
  }

  private static func one(_ name: ActionName) -> Route.Body {
    .whole(types: [MediaTypes.json], limit: smallBody, isOptional: name == .cancel) {
      api, context, body throws(Problem) in try api.act(name, context, body)
    }
  }

  private static func many(_ name: ActionName) -> Route.Body {
    .whole(types: [MediaTypes.json], limit: smallBody, isOptional: false) { api, context, body throws(Problem) in
      try api.actOnMany(name, context, body)
    }
  }

  /// For bodies with a handful of fields, one of them a query.
  static let smallBody = 32 * 1_024
  /// Of an exception's note.
  private static let noteBytes = 1_024
  /// Of an exception's type: a word.
  private static let typeBytes = 64
  /// Ids that a dry run names.
  private static let namedIDs = 100

  // MARK: One

  private func act(_ name: ActionName, _ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let id = try jobID(context)
    let fields = try ClosedObject(body, allowing: name.fields, isOptional: name == .cancel)
    let command = Command.act(try Self.action(name, fields), on: id)
    return try actOnJob(id, command, context, isDryRun: try query.flag("dry_run"))
  }

  private static func action(_ name: ActionName, _ fields: ClosedObject) throws(Problem) -> JobAction {
    switch name {
    case .cancel: return .cancel(note: try fields.text("note", upTo: noteBytes) ?? "")
    case .raise:
      let type = try fields.text("type", upTo: typeBytes) ?? "cancel"
      guard !type.isEmpty, type.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        throw Problem(invalid: "/type", "must be a word of printable ASCII characters")
      }
      return .raise(
        type: type, severity: UInt8(try fields.integer("severity", in: 0...7) ?? 0),
        note: try fields.text("note", upTo: noteBytes) ?? "")
    case .signal:
      guard let value = fields.given("signal") else { throw Problem(invalid: "/signal", "is required") }
      guard let signal = SignalName.number(value) else {
        throw Problem(invalid: "/signal", "must be a name such as SIGUSR1, or a number from 1 to \(SignalName.highest)")
      }
      return .signal(signal)
    }
  }

  private func changeJob(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let id = try jobID(context)
    let update = try JobUpdateReader.update(body)
    return try actOnJob(id, .update(id, update), context, isDryRun: try query.flag("dry_run"))
  }

  /// Sends a command about one job and answers with the job; one that is not active is told apart from one that
  /// never was.
  private func actOnJob(
    _ id: JobID, _ command: Command, _ context: RequestContext, isDryRun: Bool
  ) throws(Problem) -> HTTPReply {
    try actOnJob(id, command, context, isDryRun: isDryRun) { [self] () throws(Problem) in
      // Ended meanwhile, or cancelled while waiting: the archive has it.
      let found = try visibleJob(id, context)
      return Answers.json(200, context.requestID, Self.rendered(found, broker.withSnapshot { $0.graph }))
    }
  }

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

  private func showPriority(_ context: RequestContext) throws(Problem) -> HTTPReply {
    try withJob(context) { job, _ in
      Answers.object(200, context.requestID) { writer in
        writer.field("id", job.id)
        writer.field("priority", UInt64(job.priority))
        // The urgency is all that counts until a policy weighs more.
        writer.name("factors")
        writer.object { $0.field("urgency", Int(job.urgency)) }
        writer.field("is_held", job.urgency == JobPriority.hold)
        writer.field("is_expedited", job.urgency >= JobPriority.expedite)
      }
    }
  }

  // MARK: Many

  private func actOnMany(
    _ name: ActionName, _ context: RequestContext, _ body: [UInt8]
  ) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let fields = try ClosedObject(body, allowing: JobSelection.fields + name.fields)
    let filter = try JobSelection.filter(fields)
    let action = try Self.action(name, fields)
    if try query.flag("dry_run") { return countMatching(filter, action, context) }
    let pending = unanswered(context, seconds: JobWait.commitSeconds)
    try send(.actMatching(action, filter), context) { [self] outcome in
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

  private func countMatching(_ filter: JobFilter, _ action: JobAction, _ context: RequestContext) -> HTTPReply {
    readLater(context) { [self] () throws(Problem) in
      var count = 0
      var ids: [JobID] = []
      if let caller = context.caller {
        let state = broker.snapshot
        state.jobs.forEach { id, job in
          guard caller.maySee(job.owner), filter.matches(job), state.concerns(action, job) else { return true }
          count += 1
          if ids.count < Self.namedIDs { ids.append(id) }
          return true
        }
      }
      return Answers.object(200, context.requestID) { writer in
        writer.field("dry_run", true)
        writer.field("matched", count)
        writer.name("ids")
        writer.array { writer in for id in ids { writer.value(id) } }
      }
    }
  }
}
