public import BrokerCore
import Dispatch
public import Jobs
import Synchronization
public import Vocabulary

/// Takes ended jobs out of the archive, the oldest first, one run after the other.
///
/// A run looks for what is to go, has the loop write it down, and then removes what the jobs left behind; so nobody
/// else may purge meanwhile.
public final class Purger: Sendable {
  /// What stays: jobs that exceed either go.
  public struct Limits: Sendable, Equatable {
    /// Since they ended.
    public var age: TimeSpan?
    public var count: UInt64?

    public init(age: TimeSpan? = nil, count: UInt64? = nil) {
      self.age = age
      self.count = count
    }

    public var isNone: Bool { age == nil && count == nil }
  }

  /// What a run came to.
  public struct Report: Sendable, Equatable {
    public internal(set) var purged: UInt64 = 0
    /// Why more is left that was to go; `nil`: nothing is.
    public internal(set) var interruption: Interruption?
  }

  public enum Interruption: Sendable, Equatable {
    /// A run is only so long.
    case limit
    case refused(Refusal)
    case unavailable(Unavailability)
    case unreadable(ArchiveFailure)
  }

  /// Jobs in one run.
  public static let jobsPerRun = 100_000
  /// Of the oldest jobs, how many are looked at for those that ended long ago.
  public static let candidates = 65_536

  private let broker: Broker
  private let removeOutput: @Sendable (Job) -> Void
  private let queue = DispatchQueue(label: "sluice.purge", qos: .utility)

  /// - Parameter removeOutput: called for each job that is gone.
  public init(_ broker: Broker, removeOutput: @escaping @Sendable (Job) -> Void) {
    self.broker = broker
    self.removeOutput = removeOutput
  }

  /// - Parameter then: called once, on another thread.
  public func purge(
    _ limits: Limits, by attribution: Attribution, then: @escaping @Sendable (Report) -> Void = { _ in }
  ) {
    queue.async { [self] in then(run(limits, attribution)) }
  }

  /// How many a run would take at least, as far as one looks.
  public func preview(_ limits: Limits) throws(ArchiveFailure) -> UInt64 {
    let old = try limits.age.map { age throws(ArchiveFailure) in
      UInt64(try broker.ports.archive.countOldest(endedBefore: moment(before: age), candidates: Self.candidates))
    }
    return max(old ?? 0, excess(limits))
  }

  private func run(_ limits: Limits, _ attribution: Attribution) -> Report {
    var report = Report()
    while report.purged < UInt64(Self.jobsPerRun) {
      do throws(ArchiveFailure) {
        let jobs = try nextJobs(limits)
        guard !jobs.isEmpty else { return report }
        if let interruption = forget(jobs, attribution) {
          report.interruption = interruption
          return report
        }
        jobs.forEach(removeOutput)
        report.purged += UInt64(jobs.count)
      } catch {
        report.interruption = .unreadable(error)
        return report
      }
    }
    report.interruption = .limit
    return report
  }

  private func nextJobs(_ limits: Limits) throws(ArchiveFailure) -> [Job] {
    let excess = Int(min(excess(limits), UInt64(BrokerLimits.purgedPerCommand)))
    if excess > 0 {
      return try broker.ports.archive.oldestEndedJobs(endedBefore: nil, count: excess, candidates: excess)
    }
    guard let age = limits.age else { return [] }
    return try broker.ports.archive.oldestEndedJobs(
      endedBefore: moment(before: age), count: BrokerLimits.purgedPerCommand, candidates: Self.candidates)
  }

  private func excess(_ limits: Limits) -> UInt64 {
    guard let count = limits.count else { return 0 }
    let archived = broker.withSnapshot { $0.archivedCount }
    return archived > count ? archived - count : 0
  }

  private func moment(before age: TimeSpan) -> Timestamp {
    broker.ports.now().advanced(by: TimeSpan(microseconds: -age.microseconds))
  }

  /// Waits until it is durable.
  private func forget(_ jobs: [Job], _ attribution: Attribution) -> Interruption? {
    let answer = Mutex<Outcome?>(nil)
    let isAnswered = DispatchSemaphore(value: 0)
    let unavailability = broker.send(.purge(jobs.map(\.id)), by: attribution) { outcome in
      answer.withLock { $0 = outcome }
      isAnswered.signal()
    }
    if let unavailability { return .unavailable(unavailability) }
    isAnswered.wait()
    switch answer.withLock({ $0 }) {
    case .answered: return nil
    case .refused(let refusal): return .refused(refusal)
    case .unavailable(let reason): return .unavailable(reason)
    case nil: preconditionFailure("signalled without an answer")
    }
  }
}
