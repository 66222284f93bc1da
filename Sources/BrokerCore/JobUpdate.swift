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
    if let memo = update.memo {
      var text: [UInt8] = []
      JSONValue.object(job.memo.merging(memo)).appendJSON(to: &text)
      guard text.count <= BrokerLimits.memoBytes else {
        throw .notChangeable("notes of a job take at most \(BrokerLimits.memoBytes) bytes together, not \(text.count)")
      }
      builder.add(.memo(memo, in: job.state), to: job)
    }
    if update.change != JobChange() { try decide(update.change, of: job, by: attribution, &builder) }
    try decidePriority(of: job, update, by: attribution, &builder)
  }

  private func decide(
    _ change: JobChange, of job: Job, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    guard job.phase.isPending else { return try decideWhileRunning(change, of: job, by: attribution, &builder) }
    try checkLimits(of: change, of: job, by: attribution)
    builder.add(.jobspecUpdate(change, in: job.state), to: job)
  }

  /// - Source: flux-update(1): the instance owner may exceed the limits of a queue.
  private func checkLimits(of change: JobChange, of job: Job, by attribution: Attribution) throws(Refusal) {
    guard change.queue == nil || job.within == nil else { throw .notChangeable("a step is in no queue") }
    let duration = (change.duration ?? job.changed.duration).map { $0 > .zero ? $0 : nil }
    if let queue = change.queue {
      let rules = try openRules(of: queue) ?? QueueRules(name: queue)
      let asked = duration ?? rules.duration(of: job.jobspec)
      guard attribution.role != .owner, let reason = rules.refusal(of: job.jobspec, lasting: asked) else { return }
      throw .overQueueLimit(reason)
    }
    guard attribution.role != .owner, change.duration != nil else { return }
    if let reason = rules(of: job).refusal(ofDuration: duration ?? nil) { throw .overQueueLimit(reason) }
  }

  /// Another urgency, or what another queue adds to it.
  private func decidePriority(
    of job: Job, _ update: JobUpdate, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    let userID = attribution.principal.userID
    if let urgency = update.urgency {
      guard attribution.role == .owner || urgency <= JobPriority.standard else {
        throw .forbidden("only the instance owner may raise urgency above \(JobPriority.standard)")
      }
      if job.phase == .depending { builder.add(.earlyUrgency(urgency, userID: userID), to: job) }
    }
    guard job.phase == .waiting else { return }
    let urgency = update.urgency ?? job.urgency
    let priority =
      update.change.queue.map { self.priority(in: $0, urgency: urgency) } ?? self.priority(of: job, urgency: urgency)
    guard update.urgency != nil || update.change.queue != nil && priority != job.priority else { return }
    builder.add(.urgency(urgency, priority: priority, userID: userID), to: job)
  }

  /// - Source: flux-update(1): of a running job only the duration changes, and only the instance owner changes it.
  private func decideWhileRunning(
    _ change: JobChange, of job: Job, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    guard change.queue == nil else { throw .notChangeable("only a pending job changes its queue") }
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
