public import Jobspec
public import Vocabulary

/// What became of a job, as far as others may have waited for it.
public struct JobFate: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// It had resources.
  public static let ran = JobFate(rawValue: 1)
  /// Its tasks were spawned.
  public static let started = JobFate(rawValue: 2)
  public static let succeeded = JobFate(rawValue: 4)
  /// A fatal exception, and not the end of its tasks, led to its end.
  public static let excepted = JobFate(rawValue: 8)
}

extension Job {
  /// Once the job is INACTIVE.
  public var fate: JobFate {
    var fate: JobFate = []
    var isEnding = false
    for happening in history {
      switch happening.event {
      case .alloc: fate.insert(.ran)
      case .start: fate.insert(.started)
      case .finish: isEnding = true
      case .requeue, .requeueLater: isEnding = false
      case .exception(let exception) where exception.severity == 0 && !isEnding:
        isEnding = true
        fate.insert(.excepted)
      default: break
      }
    }
    if result == .completed { fate.insert(.succeeded) }
    return fate
  }

  /// Whether the tasks of any attempt were spawned.
  public var hasStarted: Bool { history.contains { if case .start = $0.event { true } else { false } } }
}

extension AfterCondition {
  /// Why a job that ended so can never meet the condition; `nil` when it does.
  ///
  /// But for `end`, each asks for a job that ran: a chain of jobs that stand in for each other ends when one of
  /// them is cancelled.
  /// - Source: flux-core's `dependency-after` plugin.
  public func complaint(about fate: JobFate, of id: JobID) -> String? {
    switch self {
    case .end: nil
    case _ where !fate.contains(.ran), .start where !fate.contains(.started): "job \(id.f58) never started"
    case .success where !fate.contains(.succeeded): "job \(id.f58) did not succeed"
    case .failure where fate.contains(.succeeded): "job \(id.f58) succeeded"
    case .exception where !fate.contains(.excepted): "job \(id.f58) had no fatal exception"
    case .start, .success, .failure, .exception: nil
    }
  }
}

/// An ended job, for those that were to wait for it.
public struct EndedJob: Sendable, Equatable {
  public let id: JobID
  public let owner: Principal
  public let fate: JobFate

  public init(_ job: Job) {
    id = job.id
    owner = job.owner
    fate = job.fate
  }

  public init(id: JobID, owner: Principal, fate: JobFate) {
    self.id = id
    self.owner = owner
    self.fate = fate
  }
}
