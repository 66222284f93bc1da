import Jobspec
import ResourceGraph
public import Vocabulary

/// One entry of a job's eventlog, as Flux writes it.
/// - Source: Flux RFC 18 (form), RFC 21 (names and contexts); `requeue` is ours (docs/rfc/2).
public struct EventlogEntry: Sendable, Equatable {
  public let seq: UInt64
  public let at: Timestamp
  public let name: String
  public let context: JSONObject
  /// The state of the job after it.
  public let state: JobState

  public init(seq: UInt64, at: Timestamp, name: String, context: JSONObject, state: JobState) {
    self.seq = seq
    self.at = at
    self.name = name
    self.context = context
    self.state = state
  }
}

extension EventlogEntry {
  /// The entries of a submission.
  public static func entries(of submission: Submission, at: Timestamp, seq: UInt64) -> [EventlogEntry] {
    var submitted: JSONObject = [
      "userid": .integer(Int64(submission.owner.userID)), "urgency": .integer(Int64(submission.urgency)),
      "flags": .integer(Int64(submission.flags.rawValue)), "version": .integer(1),
    ]
    if let within = submission.within { submitted["within"] = .string(within.f58) }
    let begin = [
      EventlogEntry(seq: seq, at: at, name: "submit", context: submitted, state: .new),
      EventlogEntry(seq: seq + 1, at: at, name: "validate", context: [:], state: .depend),
    ]
    guard submission.awaits.isEmpty else {
      return begin
        + submission.awaits.enumerated().map { index, dependency in
          EventlogEntry(
            seq: seq + 2 + UInt64(index), at: at, name: "dependency-add", context: context(of: dependency),
            state: .depend)
        }
    }
    return begin + entries(ofReadinessWith: submission.priority, at: at, seq: seq + 2)
  }

  private static func entries(ofReadinessWith priority: UInt32, at: Timestamp, seq: UInt64) -> [EventlogEntry] {
    [
      EventlogEntry(seq: seq, at: at, name: "depend", context: [:], state: .priority),
      EventlogEntry(
        seq: seq + 1, at: at, name: "priority", context: ["priority": .integer(Int64(priority))], state: .sched),
    ]
  }

  /// The entries of one later event.
  public static func entries(of happening: JobHappening) -> [EventlogEntry] {
    let seq = happening.seq
    let at = happening.at
    let after = happening.event.stateAfter
    func entry(_ offset: UInt64, _ name: String, _ context: JSONObject = [:], _ state: JobState) -> EventlogEntry {
      EventlogEntry(seq: seq + offset, at: at, name: name, context: context, state: state)
    }
    switch happening.event {
    case .alloc: return [entry(0, "alloc", [:], after)]
    case .start: return [entry(0, "start", [:], after)]
    case .finish(let outcome):
      return [entry(0, "finish", ["status": .integer(Int64(outcome.waitStatus))], .cleanup)]
    case .exception(let exception), .evict(let exception): return [entry(0, "exception", context(of: exception), after)]
    case .resize(let allocation):
      return [entry(0, "resize", ["R_version": .integer(Int64(allocation.version))], after)]
    case .release:
      return [
        entry(0, "release", ["ranks": .string("all"), "final": .bool(true)], .cleanup), entry(1, "free", [:], .cleanup),
      ]
    case .clean: return [entry(0, "clean", [:], .inactive)]
    case .requeue(let reason, let priority):
      return [
        entry(0, "requeue", ["reason": .string(reason)], .depend)
      ] + entries(ofReadinessWith: priority, at: at, seq: seq + 1)
    case .urgency(let urgency, let priority, let userID):
      return [
        entry(0, "urgency", ["urgency": .integer(Int64(urgency)), "userid": .integer(Int64(userID))], after),
        entry(1, "priority", ["priority": .integer(Int64(priority))], after),
      ]
    case .dependencyRemove(let dependency):
      return [entry(0, "dependency-remove", context(of: dependency), after)]
    case .depend(let priority): return entries(ofReadinessWith: priority, at: at, seq: seq)
    case .earlyUrgency(let urgency, let userID):
      return [entry(0, "urgency", ["urgency": .integer(Int64(urgency)), "userid": .integer(Int64(userID))], after)]
    case .raised(let exception, _): return [entry(0, "exception", context(of: exception), after)]
    case .memo(let notes, _): return [entry(0, "memo", notes, after)]
    case .jobspecUpdate(let change, _): return [entry(0, "jobspec-update", change.context, after)]
    case .resourceUpdate(_, let expiration):
      return [entry(0, "resource-update", ["expiration": .real(expiration?.seconds ?? 0)], after)]
    case .prologStart, .prologFinish, .epilogStart, .epilogFinish, .stepsStart, .stepsFinish:
      return [work(happening)]
    case .requeueLater(let reason, let until):
      return [
        entry(0, "requeue", ["reason": .string(reason)], after),
        entry(1, "dependency-add", context(of: .beginTime(until)), after),
      ]
    }
  }

  /// - Source: Flux RFC 21, `prolog-start` and the like: who works, and how it ended.
  private static func work(_ happening: JobHappening) -> EventlogEntry {
    let (name, worker, status): (String, String, Int32?) =
      switch happening.event {
      case .prologFinish(let status, _): ("prolog-finish", AttemptStage.prolog.name, status)
      case .epilogStart: ("epilog-start", AttemptStage.epilog.name, nil)
      case .epilogFinish(let status): ("epilog-finish", AttemptStage.epilog.name, status)
      case .stepsStart: ("epilog-start", "steps", nil)
      case .stepsFinish: ("epilog-finish", "steps", 0)
      default: ("prolog-start", AttemptStage.prolog.name, nil)
      }
    var context: JSONObject = ["description": .string(worker)]
    if let status { context["status"] = .integer(Int64(status)) }
    return EventlogEntry(
      seq: happening.seq, at: happening.at, name: name, context: context, state: happening.event.stateAfter)
  }

  private static func context(of dependency: Dependency) -> JSONObject {
    ["description": .string(dependency.description)]
  }

  private static func context(of exception: JobException) -> JSONObject {
    var context: JSONObject = [
      "type": .string(exception.type), "severity": .integer(Int64(exception.severity)),
      "note": .string(exception.note),
    ]
    if let userID = exception.userID { context["userid"] = .integer(Int64(userID)) }
    return context
  }
}

extension Job {
  /// The whole eventlog so far, in order.
  public var eventlog: [EventlogEntry] {
    var entries = EventlogEntry.entries(of: submission, at: submittedAt, seq: submittedSeq)
    for happening in history { entries += EventlogEntry.entries(of: happening) }
    return entries
  }
}
