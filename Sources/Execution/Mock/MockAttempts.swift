import BrokerCore
import Glibc
import Vocabulary

/// The attempts that a mock execution remembers: a value, so that it is tested without threads or time.
struct MockAttempts {
  private enum State { case running(end: MonotonicTime, cause: AttemptEnd.Cause), ended }

  /// What an attempt's end is worked out from.
  private struct Course {
    let startedAt: Timestamp
    let duration: TimeSpan
  }

  /// Signals that do not end a process that does nothing about them.
  private static let harmless: Set<Int32> = [
    0, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH,
  ]

  private var states: [AttemptID: State] = [:]
  private var courses: [AttemptID: Course] = [:]
  private var timers = TimerHeap<AttemptID>()

  var nextDeadline: MonotonicTime? { timers.first }

  mutating func carryOut(
    _ order: ExecutionOrder, _ wall: Timestamp, _ clock: MonotonicTime, _ reports: inout [ExecutionReport]
  ) {
    switch order {
    case .start(let start): begin(start, wall, clock, &reports)
    case .signal(let id, let signal):
      if !Self.harmless.contains(signal) { end(id, .exited, signal, wall, &reports) }
    case .limit(let id, let timeLimit):
      if case .running? = states[id] { plan(id, timeLimit, wall, clock, &reports) }
    case .terminate(let id, _): end(id, .terminated, SIGTERM, wall, &reports)
    case .acknowledge(let id, .ended):
      if case .ended? = states[id] { states[id] = nil }
    case .acknowledge(_, .started): break
    }
  }

  /// Ends what is due.
  mutating func endDue(_ wall: Timestamp, _ clock: MonotonicTime, _ reports: inout [ExecutionReport]) {
    while let (deadline, id) = timers.popDue(at: clock) {
      guard case .running(deadline, let cause)? = states[id] else { continue }
      end(id, cause, cause == .timeLimit ? SIGTERM : 0, wall, &reports)
    }
    // Deadlines of attempts that were ended early.
    if timers.count > 1_024 + 2 * states.count {
      timers.keep { deadline, id in if case .running(deadline, _)? = states[id] { true } else { false } }
    }
  }

  private mutating func begin(
    _ order: StartOrder, _ wall: Timestamp, _ clock: MonotonicTime, _ reports: inout [ExecutionReport]
  ) {
    guard states[order.id] == nil else { return }
    let startedAt = order.startedAt ?? wall
    reports.append(.started(order.id, at: startedAt))
    courses[order.id] = Course(startedAt: startedAt, duration: max(order.mockDuration ?? .zero, .zero))
    plan(order.id, order.timeLimit, wall, clock, &reports)
  }

  /// The attempt ends when it is done, or when its time is up.
  private mutating func plan(
    _ id: AttemptID, _ timeLimit: TimeSpan?, _ wall: Timestamp, _ clock: MonotonicTime,
    _ reports: inout [ExecutionReport]
  ) {
    guard let course = courses[id] else { return }
    let exceeds = timeLimit.map { $0 < course.duration } ?? false
    let length = exceeds ? timeLimit ?? course.duration : course.duration
    let cause = exceeds ? AttemptEnd.Cause.timeLimit : .exited
    let remaining = course.startedAt.advanced(by: length).since(wall)
    guard remaining > .zero else {
      states[id] = .running(end: clock, cause: cause)
      return end(id, cause, exceeds ? SIGTERM : 0, wall, &reports)
    }
    let deadline = clock.advanced(by: remaining)
    states[id] = .running(end: deadline, cause: cause)
    timers.insert(id, at: deadline)
  }

  private mutating func end(
    _ id: AttemptID, _ cause: AttemptEnd.Cause, _ status: Int32, _ wall: Timestamp,
    _ reports: inout [ExecutionReport]
  ) {
    guard case .running? = states[id] else { return }
    states[id] = .ended
    courses[id] = nil
    let end = AttemptEnd(cause: cause, waitStatus: status, cpuTime: .zero, peakMemoryKiB: 0)
    reports.append(.ended(id, at: wall, end))
  }
}
