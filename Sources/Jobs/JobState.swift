/// Where a job is in its life, in Flux's words.
///
///     NEW ─submit─► DEPEND ─depend─► PRIORITY ─priority─► SCHED ─alloc─► RUN ─finish─► CLEANUP ─clean─► INACTIVE
///                     ▲                                     └──── exception(0) ────────►│
///                     └──────────────────────── requeue ───────────────────────────────┘
/// - Source: Flux RFC 21; the bit values are those of flux-core's `job.h`. `requeue` is ours (docs/rfc/2).
public enum JobState: UInt8, Sendable, CaseIterable {
  case new = 1
  case depend = 2
  case priority = 4
  case sched = 8
  case run = 16
  case cleanup = 32
  case inactive = 64

  public var name: String {
    switch self {
    case .new: "NEW"
    case .depend: "DEPEND"
    case .priority: "PRIORITY"
    case .sched: "SCHED"
    case .run: "RUN"
    case .cleanup: "CLEANUP"
    case .inactive: "INACTIVE"
    }
  }

  public init?(name: some StringProtocol) {
    guard let state = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = state
  }
}

/// A set of job states, as Flux's bitmasks.
public struct JobStates: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public init(_ state: JobState) { rawValue = state.rawValue }

  /// DEPEND, PRIORITY and SCHED.
  public static let pending = JobStates(rawValue: 14)
  /// RUN and CLEANUP.
  public static let running = JobStates(rawValue: 48)
  /// PENDING and RUNNING.
  public static let active = JobStates(rawValue: 62)
  public static let all = JobStates(rawValue: 127)

  /// A state's name, or one of Flux's virtual states `PENDING`, `RUNNING`, `ACTIVE`; any case.
  public init?(name: some StringProtocol) {
    switch name.uppercased() {
    case "PENDING": self = .pending
    case "RUNNING": self = .running
    case "ACTIVE": self = .active
    case let upper:
      guard let state = JobState(name: upper) else { return nil }
      self.init(state)
    }
  }
}

/// How a job ended.
/// - Source: flux-core's `job.h`.
public enum JobResult: UInt8, Sendable, CaseIterable {
  case completed = 1
  case failed = 2
  case canceled = 4
  case timeout = 8

  public var name: String {
    switch self {
    case .completed: "COMPLETED"
    case .failed: "FAILED"
    case .canceled: "CANCELED"
    case .timeout: "TIMEOUT"
    }
  }

  public init?(name: some StringProtocol) {
    let upper = name.uppercased()
    guard let result = Self.allCases.first(where: { $0.name == upper }) else { return nil }
    self = result
  }
}
