import BrokerCore
import Glibc
import Vocabulary

/// One attempt that this shepherd knows.
///
///     waiting ──all programs run──► running ──last task reaped──► draining ──nothing left──► ended ──► (gone)
///        └──a step failed, or terminated before──► draining ─┘
///
/// It is gone once the broker has acknowledged its end.
///
/// Confined to the shepherd's only thread.
final class Attempt {
  enum Phase { case waiting, running, draining, ended }

  let id: AttemptID
  let grace: TimeSpan
  var timeLimit: TimeSpan?
  /// When its tasks were spawned, as its time limit counts.
  var began: MonotonicTime?
  let memoryLimit: Int64?
  /// Its token is forgotten as soon as it is in its file.
  var access: JobAccess
  var tokenPath: String?
  /// A number of `JobDirectories`.
  var directory: Int?
  /// What its tasks have in common, where there are several.
  let group: TaskGroup?
  /// Its streamed input, where the order wants one.
  let input: TaskInput?
  /// Its streams, where several tasks write to the store.
  var collected: CollectedOutput?
  var reservedPipes = 0
  /// Bytes of each stream that the store keeps.
  let outputLimit: Int64
  /// When its output is taken in again, and when its length is looked at next.
  var collectDeadline: MonotonicTime?
  var boundDeadline: MonotonicTime?
  /// Not opened where the user sent the stream elsewhere.
  var output = StoredStream(stream: .output)
  var error = StoredStream(stream: .error)

  var phase = Phase.waiting
  /// The order, until all tasks run.
  var order: StartOrder?
  /// The ranks of tasks without a process, highest first.
  var unlaunched: [Int]
  /// Processes of which is not known yet whether their program runs.
  var unconfirmed = 0
  /// Tries of tasks that failed for want of something.
  var shortages = 0
  /// Another try will come.
  var isRelaunchDue = false
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
  let warning: WarningSignal?
  var warningDeadline: MonotonicTime?

  /// The first cause counts.
  private(set) var cause = AttemptEnd.Cause.exited
  private(set) var worstStatus: Int32 = 0
  /// A process of it was killed because the attempt, or the machine, had no memory left.
  var wasKilledForMemory = false
  private var cpuMicroseconds: Int64 = 0
  private var peakMemoryKiB: Int64 = 0
  private(set) var endedAt: Timestamp?

  init(_ order: StartOrder, _ access: JobAccess) {
    self.access = access
    id = order.id
    grace = order.grace
    timeLimit = order.timeLimit
    memoryLimit = order.memoryLimit
    warning = order.shell.warning
    outputLimit = order.shell.outputLimit
    group = order.tasks.count > 1 ? TaskGroup(order) : nil
    let stream = order.input == nil ? order.shell.input : nil
    input = stream.map { TaskInput($0, taskCount: order.tasks.count) }
    unlaunched = Array((0..<order.tasks.count).reversed())
    self.order = order
  }

  /// One without a start order: all it can do is end.
  convenience init(neverStarted id: AttemptID) {
    let order = StartOrder(
      id: id, command: [], environment: [], workingDirectory: "/", tasks: [], nodeCount: 0, timeLimit: nil,
      grace: .zero, memoryLimit: nil, umask: nil, resourceLimits: [], input: nil, output: nil, error: nil,
      mockDuration: nil, startedAt: nil)
    self.init(order, JobAccess())
  }

  /// Memory has to be watched by reading `/proc`, since no control group does it.
  var needsMemoryWatch: Bool { memoryLimit != nil && leaf?.limitsMemory != true && phase == .running }

  /// Every task's program runs, or ran.
  var isLaunched: Bool { unlaunched.isEmpty && unconfirmed == 0 }

  /// The files of its streams are open in this process: they have no names yet, or are about to be closed.
  var hasOpenStreams: Bool { output.descriptor != nil || error.descriptor != nil }

  func noteCause(_ cause: AttemptEnd.Cause) {
    if self.cause == .exited { self.cause = cause }
  }

  /// How a task ended, as `waitpid` reports it.
  ///
  /// Where others were ended for what one task did, theirs do not hide its status.
  func count(status: Int32) {
    if isEndedForTask, worstStatus != 0, [SIGTERM, SIGKILL].contains(status & 0x7F) { return }
    worstStatus = max(worstStatus, status)
  }

  /// Adds what the kernel said about one process that was reaped.
  func account(_ usage: rusage) {
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

  /// One of its tasks is why the others were ended.
  private var isEndedForTask: Bool {
    switch cause {
    case .aborted, .taskFailed: true
    default: false
    }
  }

  /// It failed, and for its memory: the task that was killed for it may have ended the others.
  private var isEndedForMemory: Bool {
    guard wasKilledForMemory, worstStatus != 0 else { return false }
    if case .taskFailed = cause { return true }
    return cause == .exited
  }

  /// What its broker has not acknowledged, in order.
  var owedReports: [ShepherdMessage] {
    var reports: [ShepherdMessage] = []
    if let startedAt, !isStartAcknowledged { reports.append(.report(.started(id, at: startedAt))) }
    if let endedAt {
      let end = AttemptEnd(
        cause: isEndedForMemory ? .outOfMemory : cause, waitStatus: worstStatus,
        cpuTime: TimeSpan(microseconds: cpuMicroseconds),
        peakMemoryKiB: peakMemoryKiB)
      reports.append(.report(.ended(id, at: endedAt, end)))
    }
    return reports
  }
}
