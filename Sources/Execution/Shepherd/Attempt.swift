import BrokerCore
import Glibc
import Vocabulary

/// One attempt that this shepherd knows.
///
///     waiting ──spawned all──► running ──last task reaped──► draining ──nothing left──► ended ──acknowledged──► (gone)
///        └──a step failed, or terminated before──► draining ─┘
///
/// Confined to the shepherd's only thread.
final class Attempt {
  enum Phase { case waiting, running, draining, ended }

  let id: AttemptID
  let grace: TimeSpan
  let timeLimit: TimeSpan?
  let memoryLimit: Int64?
  /// Streams of ours that are removed at the end if nothing was written to them.
  let storedStreams: [OutputStore.Stream]

  var phase = Phase.waiting
  /// The order, until all tasks are spawned.
  var order: StartOrder?
  /// How many tasks of the order were spawned.
  var spawned = 0
  /// Tries of the next task that failed for want of something.
  var shortages = 0
  /// Session leaders that were not reaped yet.
  var living: Set<pid_t> = []
  /// All session leaders there were.
  var sessions: [pid_t] = []
  var leaf: CgroupLeaf?

  var startedAt: Timestamp?
  var isStartAcknowledged = false
  /// When SIGKILL is due; later orders may bring it forward, never back.
  var killDeadline: MonotonicTime?
  var limitDeadline: MonotonicTime?

  /// The first cause counts.
  private(set) var cause = AttemptEnd.Cause.exited
  private var worstStatus: Int32 = 0
  private var cpuMicroseconds: Int64 = 0
  private var peakMemoryKiB: Int64 = 0
  private(set) var endedAt: Timestamp?

  init(_ order: StartOrder) {
    id = order.id
    grace = order.grace
    timeLimit = order.timeLimit
    memoryLimit = order.memoryLimit
    storedStreams = (order.output == nil ? [.output] : []) + (order.error == nil ? [.error] : [])
    self.order = order
  }

  /// Memory has to be watched by reading `/proc`, since no control group does it.
  var needsMemoryWatch: Bool { memoryLimit != nil && leaf?.limitsMemory != true && phase == .running }

  func noteCause(_ cause: AttemptEnd.Cause) {
    if self.cause == .exited { self.cause = cause }
  }

  /// Adds what the kernel said about one process that was reaped.
  ///
  /// - Parameter status: `nil` for a process that is not a task: it counts for time and memory only.
  func account(status: Int32?, _ usage: rusage) {
    if let status { worstStatus = max(worstStatus, status) }
    for time in [usage.ru_utime, usage.ru_stime] {
      cpuMicroseconds += Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_usec)
    }
    peakMemoryKiB = max(peakMemoryKiB, Int64(usage.ru_maxrss))
  }

  func end(at time: Timestamp) {
    phase = .ended
    endedAt = time
    order = nil
  }

  /// The reports that its broker has not acknowledged, in their order.
  var owedReports: [ExecutionReport] {
    var reports: [ExecutionReport] = []
    if let startedAt, !isStartAcknowledged { reports.append(.started(id, at: startedAt)) }
    if let endedAt {
      let end = AttemptEnd(
        cause: cause, waitStatus: worstStatus, cpuTime: TimeSpan(microseconds: cpuMicroseconds),
        peakMemoryKiB: peakMemoryKiB)
      reports.append(.ended(id, at: endedAt, end))
    }
    return reports
  }
}
