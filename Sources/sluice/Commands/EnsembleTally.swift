import Vocabulary

/// What is known of many jobs from their events.
struct EnsembleTally {
  private(set) var outstanding: Set<String>
  private(set) var running: Set<String> = []
  private(set) var completed = 0
  private(set) var failed = 0
  /// The highest of the ended jobs.
  private(set) var exitCode: Int32 = 0
  /// Exit codes of jobs that have not quite ended.
  private var codes: [String: Int32] = [:]
  /// A job that had this event is done with, and well; `nil`: jobs are followed to their ends.
  private let awaited: String?

  init(_ ids: some Sequence<String>, awaiting event: String? = nil) {
    outstanding = Set(ids)
    awaited = event
  }

  var isComplete: Bool { outstanding.isEmpty }
  var pending: Int { outstanding.count - running.count }

  /// How many jobs are how far.
  struct Counts: Equatable {
    var pending = 0
    var running = 0
    var completed = 0
    var failed = 0
  }

  var counts: Counts { Counts(pending: pending, running: running.count, completed: completed, failed: failed) }

  /// Takes one event; those of other jobs change nothing.
  mutating func take(_ id: String, _ name: String, _ context: JSONValue?) {
    guard outstanding.contains(id) else { return }
    if name == awaited { return end(id, 0) }
    switch name {
    case "start": running.insert(id)
    case "finish":
      codes[id] = max(codes[id] ?? 0, Self.exitCode(waitStatus: context?["status"]?.integer ?? 0))
    case "exception":
      // Only severity 0 ends a job (RFC 21).
      if context?["severity"]?.integer == 0 { codes[id] = max(codes[id] ?? 0, 1) }
    case "requeue":
      running.remove(id)
      codes[id] = nil
    case "clean": end(id, max(codes.removeValue(forKey: id) ?? 0, awaited == nil ? 0 : 1))
    default: break
    }
  }

  /// Takes a job that was asked for instead.
  mutating func take(ended id: String, _ outcome: JobOutcome) {
    if outstanding.contains(id) { end(id, max(outcome.exitCode, awaited == nil ? 0 : 1)) }
  }

  private mutating func end(_ id: String, _ code: Int32) {
    outstanding.remove(id)
    running.remove(id)
    exitCode = max(exitCode, code)
    if code == 0 { completed += 1 } else { failed += 1 }
  }

  /// - Source: POSIX `waitpid`: the low seven bits are the signal, the next byte the exit code.
  static func exitCode(waitStatus status: Int64) -> Int32 {
    let signal = status & 0x7f
    return Int32(clamping: signal == 0 ? status >> 8 & 0xff : 128 + signal)
  }
}
