public import Jobspec
public import ResourceGraph
public import Vocabulary

/// What happened to a job after its submission: one fact, folded into `Job`.
///
/// One event may stand for several entries of the job's eventlog that always come together (`entries`), and
/// takes as many places in the log's numbering, so that a stream can resume between any two of them.
public enum JobEvent: Sendable, Equatable {
  /// `alloc`: resources are the job's until `release`.
  case alloc(Allocation)
  /// `start`: all tasks were spawned.
  case start
  /// `finish`: the attempt's processes are gone.
  case finish(AttemptOutcome)
  /// `exception`.
  case exception(JobException)
  /// `release`, `free`: the resources are free again.
  case release
  /// `clean`: the job's life is over.
  case clean
  /// `requeue`, `depend`, `priority`: the job waits for another attempt.
  case requeue(reason: String, priority: UInt32)
  /// `urgency`, `priority`.
  case urgency(UInt8, priority: UInt32, userID: UInt32)
  /// `dependency-remove`: one of the things that the job awaits holds.
  case dependencyRemove(Dependency)
  /// `depend`, `priority`: nothing is awaited any more.
  case depend(priority: UInt32)
  /// `urgency`, of a job that awaits something and has no priority yet.
  case earlyUrgency(UInt8, userID: UInt32)
  /// `exception` that informs, of a job in that state.
  case raised(JobException, in: JobState)
  /// `memo`: what the owner notes about the job; `null` removes a note.
  case memo(JSONObject, in: JobState)
  /// `jobspec-update`.
  case jobspecUpdate(JobChange, in: JobState)
  /// `resource-update`: a running job's time limit is another one.
  case resourceUpdate(duration: TimeSpan, expiration: Timestamp?)
  /// `requeue`, `dependency-add`: the job waits for another attempt, which does not begin at once.
  case requeueLater(reason: String, until: Timestamp)
  /// `exception`, not fatal: the attempt is to end, and the job waits again afterwards.
  case evict(JobException)
  /// `resize`: what the job holds has grown or shrunk.
  case resize(Allocation)
  /// `prolog-start`: the tasks wait for a program of the instance.
  case prologStart(SiteProgram)
  /// `prolog-finish`.
  case prologFinish(waitStatus: Int32, in: JobState)
  /// `epilog-start`: the resources wait for a program of the instance.
  case epilogStart(SiteProgram, then: Continuation)
  /// `epilog-finish`.
  case epilogFinish(waitStatus: Int32)
  /// `epilog-start`: the resources wait for the steps that run on them, which are being ended.
  case stepsStart(then: Continuation)
  /// `epilog-finish`: none of its steps is left.
  case stepsFinish

  /// What becomes of a job whose attempt is over.
  public enum Continuation: Sendable, Equatable {
    case end
    /// Another attempt, after a pause.
    case again(reason: String, after: TimeSpan)
  }

  /// How many eventlog entries it stands for.
  public var width: UInt64 {
    switch self {
    case .alloc, .start, .finish, .exception, .clean, .dependencyRemove, .earlyUrgency, .raised, .memo,
      .jobspecUpdate, .resourceUpdate, .evict, .resize, .prologStart, .prologFinish, .epilogStart, .epilogFinish,
      .stepsStart, .stepsFinish:
      1
    case .release, .urgency, .depend, .requeueLater: 2
    case .requeue: 3
    }
  }
}

extension JobEvent {
  /// The job's state after it: RFC 21 makes each event lead to one, and the core posts a non-fatal exception
  /// only while an attempt runs.
  public var stateAfter: JobState {
    switch self {
    case .alloc, .start, .evict, .resize, .prologStart: .run
    case .finish, .release, .epilogStart, .epilogFinish, .stepsStart, .stepsFinish: .cleanup
    case .exception(let exception): exception.severity == 0 ? .cleanup : .run
    case .clean: .inactive
    case .requeue, .urgency, .depend: .sched
    case .dependencyRemove, .earlyUrgency, .requeueLater: .depend
    case .raised(_, let state), .memo(_, let state), .jobspecUpdate(_, let state), .prologFinish(_, let state):
      state
    case .resourceUpdate: .run
    }
  }
}

/// Why a job's life changed course.
/// - Source: Flux RFC 21, `exception`.
public struct JobException: Sendable, Equatable {
  /// `cancel`, `timeout`, `exec`, `lost`, `alloc`…
  public let type: String
  /// 0 ends the job; 1-7 inform.
  public let severity: UInt8
  public let note: String
  public let userID: UInt32?

  public init(type: String, severity: UInt8, note: String, userID: UInt32?) {
    self.type = type
    self.severity = severity
    self.note = note
    self.userID = userID
  }
}

/// What an attempt came to.
public struct AttemptOutcome: Sendable, Equatable {
  /// As `waitpid` reports it; the largest of all tasks.
  public let waitStatus: Int32
  public let cpuTime: TimeSpan
  public let peakMemoryKiB: Int64

  public init(waitStatus: Int32, cpuTime: TimeSpan, peakMemoryKiB: Int64) {
    self.waitStatus = waitStatus
    self.cpuTime = cpuTime
    self.peakMemoryKiB = peakMemoryKiB
  }

  /// The exit code, where the task exited by itself.
  public var exitCode: Int32? { waitStatus & 0x7F == 0 ? (waitStatus >> 8) & 0xFF : nil }
  /// The signal that ended it, where one did.
  public var signal: Int32? { waitStatus & 0x7F == 0 ? nil : waitStatus & 0x7F }
}

/// An event with its place and time.
public struct JobHappening: Sendable, Equatable {
  /// Of its first eventlog entry.
  public let seq: UInt64
  public let at: Timestamp
  public let event: JobEvent

  public init(seq: UInt64, at: Timestamp, event: JobEvent) {
    self.seq = seq
    self.at = at
    self.event = event
  }
}
