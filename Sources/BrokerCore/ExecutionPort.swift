public import Vocabulary

/// What the broker needs of execution: orders go out, reports come back.
///
/// Messages, not calls: an order may be repeated (after a restart the core emits what is owed again) and an
/// execution must treat a repeated `(job, attempt)` as already known. A report is kept and repeated by its
/// sender until it is acknowledged, and the core treats a repeated report as already known.
public protocol ExecutionPort: Sendable {
  /// Takes orders in their order. Never blocks; callable from any thread.
  func carryOut(_ orders: [ExecutionOrder])

  /// That this shepherd joined is durable: orders that follow are for it.
  ///
  /// Until then an execution drops orders. An order given before could reach the new shepherd, be carried out,
  /// and then be held for one of its predecessor's, which are lost: the resources would be given out twice.
  func admit(incarnation: UInt64)
}

extension ExecutionPort {
  /// An execution without a shepherd of its own has nothing to wait for.
  public func admit(incarnation: UInt64) {}
}

/// Where an execution hands its reports; never blocks; callable from any thread.
public typealias ExecutionReportSink = @Sendable ([ExecutionReport]) -> Void

/// One execution of a job: attempts count from 1.
public struct AttemptID: Hashable, Comparable, Sendable {
  public let job: JobID
  public let attempt: UInt32

  public init(job: JobID, attempt: UInt32) {
    self.job = job
    self.attempt = attempt
  }

  public static func < (a: Self, b: Self) -> Bool {
    a.job != b.job ? a.job < b.job : a.attempt < b.attempt
  }

  public func pack(into writer: inout PackedWriter) {
    writer.write(job)
    writer.write(attempt)
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(job: try reader.readJobID(), attempt: try reader.readUInt32())
  }
}

public enum ExecutionOrder: Sendable, Equatable {
  case start(StartOrder)
  /// Sends `signal` to every process of the attempt.
  case signal(AttemptID, signal: Int32)
  /// SIGTERM to every process, SIGKILL after `grace`. An attempt that the execution does not know is reported
  /// `ended(.terminated)` at once, and a `start` that comes later is not carried out.
  case terminate(AttemptID, grace: TimeSpan)
  /// What the broker has made durable about this attempt: the sender may forget the reports.
  case acknowledge(AttemptID, ReportKind)
}

public enum ReportKind: UInt8, Sendable { case started, ended }

/// Everything a host needs to run one attempt.
public struct StartOrder: Sendable, Equatable {
  public let id: AttemptID
  public let command: [String]
  /// The whole environment of each task, before per-task variables.
  public let environment: [EnvironmentVariable]
  public let workingDirectory: String
  public let tasks: [TaskPlacement]
  public let nodeCount: Int
  /// `nil`: no limit.
  public let timeLimit: TimeSpan?
  /// Between SIGTERM and SIGKILL.
  public let grace: TimeSpan
  /// Bytes of resident memory for the whole attempt; `nil`: no limit.
  public let memoryLimit: Int64?
  public let umask: UInt32?
  /// POSIX resource limits by lower-case name without `RLIMIT_`, such as `nofile`; soft and hard alike.
  public let resourceLimits: [ResourceLimit]
  public let input: String?
  /// `nil`: the shepherd's own store, see `OutputStore`.
  public let output: String?
  public let error: String?
  /// Set for mock execution: no process is made, the attempt ends after this long.
  public let mockDuration: TimeSpan?
  /// When the attempt was started, where the log knows that it was: mock execution goes on from there.
  public let startedAt: Timestamp?

  public init(
    id: AttemptID, command: [String], environment: [EnvironmentVariable], workingDirectory: String,
    tasks: [TaskPlacement], nodeCount: Int, timeLimit: TimeSpan?, grace: TimeSpan, memoryLimit: Int64?,
    umask: UInt32?, resourceLimits: [ResourceLimit], input: String?, output: String?, error: String?,
    mockDuration: TimeSpan?, startedAt: Timestamp?
  ) {
    self.id = id
    self.command = command
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.tasks = tasks
    self.nodeCount = nodeCount
    self.timeLimit = timeLimit
    self.grace = grace
    self.memoryLimit = memoryLimit
    self.umask = umask
    self.resourceLimits = resourceLimits
    self.input = input
    self.output = output
    self.error = error
    self.mockDuration = mockDuration
    self.startedAt = startedAt
  }
}

public struct EnvironmentVariable: Sendable, Equatable {
  public let name: String
  public let value: String

  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

public struct ResourceLimit: Sendable, Equatable {
  public let name: String
  /// `UInt64.max`: unlimited.
  public let value: UInt64

  public init(name: String, value: UInt64) {
    self.name = name
    self.value = value
  }
}

/// Where one task runs.
public struct TaskPlacement: Sendable, Equatable {
  /// Logical node of the job, from 0.
  public let node: Int
  public let localID: Int
  /// Operating-system CPU numbers to bind to; empty: not bound.
  public let cpus: [Int]
  public let gpus: [Int]

  public init(node: Int, localID: Int, cpus: [Int], gpus: [Int]) {
    self.node = node
    self.localID = localID
    self.cpus = cpus
    self.gpus = gpus
  }
}

public enum ExecutionReport: Sendable, Equatable {
  /// A shepherd (re)joined; `incarnation` is new whenever it lost its memory. `known` lists every attempt it
  /// still remembers, running or ended but not acknowledged.
  case joined(incarnation: UInt64, known: [AttemptID])
  /// All tasks were spawned.
  case started(AttemptID, at: Timestamp)
  /// Nothing of the attempt lives any more: every process was reaped or killed.
  case ended(AttemptID, at: Timestamp, AttemptEnd)
}

/// How an attempt ended.
public struct AttemptEnd: Sendable, Equatable {
  public enum Cause: Sendable, Equatable {
    /// All tasks ended by themselves, or by a signal from outside Sluice.
    case exited
    /// The time limit passed and Sluice ended it.
    case timeLimit
    /// A `terminate` order ended it.
    case terminated
    /// It failed, and the kernel or its shepherd had killed a process of it for its memory.
    case outOfMemory
    /// It could not be started; the text names the step and the reason, for the user.
    case notStarted(String)
  }

  public let cause: Cause
  /// The largest wait status of its tasks, as `waitpid` reports it; 0 when nothing ran.
  public let waitStatus: Int32
  /// User plus system CPU time of all its processes that were waited for.
  public let cpuTime: TimeSpan
  /// Largest resident set of one process, KiB.
  public let peakMemoryKiB: Int64

  public init(cause: Cause, waitStatus: Int32, cpuTime: TimeSpan, peakMemoryKiB: Int64) {
    self.cause = cause
    self.waitStatus = waitStatus
    self.cpuTime = cpuTime
    self.peakMemoryKiB = peakMemoryKiB
  }
}
