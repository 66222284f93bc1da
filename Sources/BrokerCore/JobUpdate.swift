public import Jobs
import ResourceGraph
import Scheduling
public import Vocabulary

/// What somebody wants to be different about a job.
public struct JobUpdate: Sendable, Equatable {
  public var change: JobChange
  /// Notes to keep, `null` for those to drop.
  public var memo: JSONObject?
  public var urgency: UInt8?

  public init(change: JobChange = JobChange(), memo: JSONObject? = nil, urgency: UInt8? = nil) {
    self.change = change
    self.memo = memo
    self.urgency = urgency
  }
}

extension BrokerState {
  /// How long an attempt of the job may run: as it was changed, as it was submitted, or as its queue has it.
  func timeLimit(of job: Job) -> TimeSpan? { rules(of: job).duration(of: job) }

  /// All of it or nothing; an urgency that no longer matters is none.
  func decide(
    _ update: JobUpdate, of id: JobID, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    let job = try accessibleJob(id, to: attribution)
    guard job.takesEvents else { throw .tooManyEvents }
    if let urgency = update.urgency { try decideUrgency(id, urgency, by: attribution, &builder) }
    if let memo = update.memo {
      var text: [UInt8] = []
      JSONValue.object(job.memo.merging(memo)).appendJSON(to: &text)
      guard text.count <= BrokerLimits.memoBytes else {
        throw .notChangeable("notes of a job take at most \(BrokerLimits.memoBytes) bytes together, not \(text.count)")
      }
      builder.add(.memo(memo, in: job.state), to: job)
    }
    guard update.change != JobChange() else { return }
    if job.phase.isPending {
      try checkLimits(of: update.change, of: job, by: attribution)
      return builder.add(.jobspecUpdate(update.change, in: job.state), to: job)
    }
    try decideWhileRunning(update.change, of: job, by: attribution, &builder)
  }

  /// - Source: flux-update(1): the instance owner may exceed the limits of a queue.
  private func checkLimits(of change: JobChange, of job: Job, by attribution: Attribution) throws(Refusal) {
    guard attribution.role != .owner, let duration = change.duration else { return }
    let asked = duration > .zero ? duration : nil
    if let reason = rules(of: job).refusal(ofDuration: asked) { throw .overQueueLimit(reason) }
  }

  /// - Source: flux-update(1): of a running job only the duration changes, and only the instance owner changes it.
  private func decideWhileRunning(
    _ change: JobChange, of job: Job, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    guard job.phase == .allocated || job.phase == .running, let duration = change.duration, let runAt = job.runAt
    else { throw .notChangeable("the job is ending") }
    guard attribution.role == .owner else {
      throw .forbidden("only the instance owner may change how long a running job may run")
    }
    builder.add(
      .resourceUpdate(duration: duration, expiration: duration > .zero ? runAt.advanced(by: duration) : nil), to: job)
  }
}

extension Job {
  /// Whether its history has room for what its owner does to it; what happens to it by itself always has.
  var takesEvents: Bool { history.count < BrokerLimits.eventsPerJob }
}

extension Refusal {
  static let tooManyEvents = Refusal.notChangeable(
    "its history has \(BrokerLimits.eventsPerJob) events; nothing more is added, but it can be cancelled")
}
