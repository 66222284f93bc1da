import Jobs
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

public enum ExecutionOrder: Sendable, Equatable {
  case start(StartOrder)
  /// Sends `signal` to every process of the attempt.
  case signal(AttemptID, signal: Int32)
  /// How long the attempt may run from its start; `nil`: without end.
  case limit(AttemptID, timeLimit: TimeSpan?)
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
  /// POSIX resource limits by lower-case name without `RLIMIT_`, such as `nofile`: soft ones. A hard one is raised
  /// where it would be lower, as far as the host allows that.
  public let resourceLimits: [ResourceLimit]
  public let input: String?
  /// `nil`: the shepherd's own store, see `OutputStore`. What only a task knows still stands in it as a tag.
  public let output: String?
  public let error: String?
  /// Set for mock execution: no process is made, the attempt ends after this long.
  public let mockDuration: TimeSpan?
  /// When the attempt was started, where the log knows that it was: mock execution goes on from there.
  public let startedAt: Timestamp?
  public let shell: ShellOptions

  public init(
    id: AttemptID, command: [String], environment: [EnvironmentVariable], workingDirectory: String,
    tasks: [TaskPlacement], nodeCount: Int, timeLimit: TimeSpan?, grace: TimeSpan, memoryLimit: Int64?,
    umask: UInt32?, resourceLimits: [ResourceLimit], input: String?, output: String?, error: String?,
    mockDuration: TimeSpan?, startedAt: Timestamp?, shell: ShellOptions = ShellOptions()
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
    self.shell = shell
  }
}

/// How the tasks of an attempt hang together, and what they are given besides their command: the part of
/// `attributes.system.shell.options` that a shepherd carries out. The defaults are those of Flux.
public struct ShellOptions: Sendable, Equatable {
  /// Jobs of several tasks are offered PMI-1; false for `pmi=off`.
  public var offersPMI = true
  /// From the first task that left in an unexpected way to the end of the others; `nil` for `exit-timeout=none`.
  public var exitTimeout: TimeSpan? = .seconds(30)
  /// `exit-on-error`: the first failure ends the other tasks at once.
  public var exitsOnError = false
  /// `--signal`.
  public var warning: WarningSignal?
  /// Input comes while the job runs; not together with `StartOrder.input`.
  public var input: StreamedInput?
  /// The host of each logical node, in the order of nodes; empty: all are the shepherd's own.
  public var hosts: [String] = []
  /// `output.limit`: bytes of one stream that the execution's own store keeps; the rest is dropped.
  public var outputLimit = BrokerLimits.outputBytes
  /// Lines of different tasks do not mix; false for `output.stdout.buffer.type=none`.
  public var buffersOutput = true
  /// As `buffersOutput`, of standard error.
  public var buffersError = true
  /// They lie in the attempt's temporary directory before its tasks start; `{{tmpdir}}` in the command names it then.
  public var files: [OrderFile] = []

  public init() {}
}

/// A file that an attempt finds in its temporary directory.
public struct OrderFile: Sendable, Equatable {
  /// One component of a path.
  public let name: String
  /// Permissions.
  public let mode: UInt32
  public let bytes: [UInt8]

  public init(name: String, mode: UInt32, bytes: [UInt8]) {
    self.name = name
    self.mode = mode
    self.bytes = bytes
  }
}

/// A signal to every process of an attempt shortly before its time limit.
public struct WarningSignal: Sendable, Equatable {
  public let signal: Int32
  /// Before the time limit; one that is longer than the limit is due at the start.
  public let before: TimeSpan

  public init(signal: Int32, before: TimeSpan) {
    self.signal = signal
    self.before = before
  }
}

/// Who gets what is sent to a running attempt as input; the others read the null device.
public enum StreamedInput: UInt8, Sendable, Equatable { case firstTask = 1, everyTask }

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
    /// A task asked for the end of all, as `MPI_Abort` does; what it said, if anything, is for the user.
    case aborted(rank: Int, exitCode: Int32, message: String)
    /// A task ended with this wait status, and the others were ended because of it. A status of 0: it left a
    /// program that speaks PMI without saying so, and they went on for longer than the exit timeout.
    case taskFailed(rank: Int, waitStatus: Int32)
    /// It could not be started; the text names the step and the reason, for the user.
    case notStarted(String)
  }

  public let cause: Cause
  /// The largest wait status of its tasks, as `waitpid` reports it. Of a program that could not be run, exit code 127
  /// or 126; else 0 when nothing ran.
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

/// Gives input to running attempts, beside the orders: it is not durable, and nothing of it is repeated.
public protocol InputPort: Sendable {
  /// Hands bytes on to the tasks of `input.id`. Never blocks; callable from any thread.
  ///
  /// - Parameter answer: called exactly once, on any thread; must not block.
  func give(_ input: AttemptInput, answer: @escaping @Sendable (InputAnswer) -> Void)
}

/// A piece of an attempt's input.
public struct AttemptInput: Sendable, Equatable {
  /// Longest piece: what an execution keeps at most for tasks that do not read.
  public static let byteLimit = 1 << 20

  public let id: AttemptID
  /// Where the piece begins, counted from the attempt's start: bytes that were taken before are skipped, so a piece
  /// can be given again when its answer was lost. `nil`: behind everything that was taken.
  public let position: UInt64?
  public let bytes: [UInt8]
  /// Nothing follows: tasks read the end of the file.
  public let isLast: Bool

  /// - Precondition: at most `byteLimit` bytes.
  public init(id: AttemptID, position: UInt64?, bytes: [UInt8], isLast: Bool) {
    precondition(bytes.count <= Self.byteLimit, "a piece of input has its limit")
    self.id = id
    self.position = position
    self.bytes = bytes
    self.isLast = isLast
  }
}

/// What became of a piece of input.
public enum InputAnswer: Sendable, Equatable {
  /// All of it will reach the tasks that read; the next piece begins at `next`, and may have `room` bytes.
  case taken(next: UInt64, room: Int)
  /// Nothing was taken, since tasks have not read what waits: to be given again later, at most `room` bytes.
  case full(next: UInt64, room: Int)
  /// Nothing was taken: bytes between `next` and the piece are missing.
  case gap(next: UInt64)
  /// The attempt takes no input any more, or never did.
  case closed
  /// No such attempt runs.
  case unknown
  /// No execution is connected, or it was lost before it answered: whether the piece was taken is not known.
  case unavailable
}
