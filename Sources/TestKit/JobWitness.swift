import BrokerCore
import Jobs
import Vocabulary

/// One job as its eventlog tells it: a second, plain reading of RFC 21 that shares no code with `Job`.
struct JobWitness {
  private(set) var state = JobState.new
  private(set) var attempt: UInt32 = 1
  private(set) var entries: [EventlogEntry] = []
  private var holds = false
  private var isReleased = false
  private var isStarted = false
  private var isFinished = false
  private var awaited: Set<String> = []
  /// The program of the instance that runs around the tasks now.
  private var program: String?
  private(set) var isFatal = false
  private(set) var isOver = false

  /// - Returns: why the entry must not come here.
  mutating func note(_ entry: EventlogEntry) -> String? {
    let before = state
    if let last = entries.last, entry.seq <= last.seq { return "\(entry.name) does not follow \(last.name)" }
    if entries.isEmpty != (entry.name == "submit") { return "\(entry.name) is not where `submit` belongs" }
    if isOver { return "\(entry.name) after the end" }
    entries.append(entry)
    guard transition(entry) else { return "\(entry.name) in \(before.name), attempt \(attempt)" }
    if entry.state != state {
      return "\(entry.name) leads to \(state.name), the entry says \(entry.state.name)"
    }
    return nil
  }

  /// By the description in the eventlog.
  func isAwaiting(_ dependency: String) -> Bool { awaited.contains(dependency) }

  private mutating func transition(_ entry: EventlogEntry) -> Bool {
    switch (entry.name, state) {
    case ("submit", .new): break
    case ("validate", .new): state = .depend
    case ("depend", .depend):
      guard awaited.isEmpty else { return false }
      state = .priority
    case ("priority", .priority): state = .sched
    case ("priority", .sched), ("urgency", .sched), ("urgency", .depend): break
    case ("dependency-add", .depend): return awaited.insert(entry.context["description"]?.string ?? "").inserted
    case ("dependency-remove", .depend): return awaited.remove(entry.context["description"]?.string ?? "") != nil
    case ("alloc", .sched):
      guard !holds else { return false }
      (holds, isReleased, isStarted, isFinished) = (true, false, false, false)
      state = .run
    case ("prolog-start", .run):
      guard holds, !isStarted, program == nil else { return false }
      program = "prolog"
    case ("prolog-finish", .run), ("prolog-finish", .cleanup):
      guard holds, !isStarted, program == "prolog" else { return false }
      program = nil
    case ("epilog-start", .cleanup):
      guard holds, isFinished, !isReleased, program == nil else { return false }
      program = "epilog"
    case ("epilog-finish", .cleanup):
      guard holds, !isReleased, program == "epilog" else { return false }
      program = nil
    case ("start", .run), ("start", .cleanup):
      guard holds, !isStarted, !isFinished, program == nil else { return false }
      isStarted = true
    case ("finish", .run), ("finish", .cleanup):
      guard holds, !isFinished, program == nil else { return false }
      isFinished = true
      state = .cleanup
    case ("resize", .run): return holds
    case ("exception", _): return raise(entry)
    case ("memo", _), ("jobspec-update", .depend), ("jobspec-update", .sched), ("resource-update", .run): break
    case ("release", .cleanup):
      guard holds, isFinished, !isReleased, program == nil else { return false }
      isReleased = true
    case ("free", .cleanup):
      guard holds, isReleased else { return false }
      holds = false
    case ("requeue", .cleanup):
      guard !holds, !isFatal else { return false }
      attempt += 1
      state = .depend
    case ("clean", .cleanup):
      guard !holds else { return false }
      isOver = true
      state = .inactive
    default: return false
    }
    return true
  }

  private mutating func raise(_ entry: EventlogEntry) -> Bool {
    guard entry.context["severity"]?.integer == 0 else { return true }
    // A second fatal exception is legal in Flux, but this broker raises one only.
    guard !isFatal, !isFinished || !holds || program == "epilog" else { return false }
    isFatal = true
    state = .cleanup
    return true
  }
}
