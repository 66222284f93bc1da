public import Jobs
public import Jobspec
import Persistent
public import Scheduling
import Vocabulary

/// Queues, maintenance and preemption: what an operator says about who may run, where and when.
extension BrokerState {
  func decideQueue(
    _ rules: QueueRules, replacing old: QueueRules?, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    guard attribution.role == .owner else { throw .forbidden("only the instance owner may change queues") }
    guard queues[rules.name] == old else { throw .conflict("the queue has changed meanwhile") }
    guard old != nil || queues.count < BrokerLimits.queues else { throw .tooManyQueues(limit: BrokerLimits.queues) }
    if rules != old { builder.add(.queueDefined(rules), owner: attribution.principal) }
  }

  func decideQueueRemoval(
    _ name: String, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    guard attribution.role == .owner else { throw .forbidden("only the instance owner may change queues") }
    guard queues[name] != nil else { throw .unknownQueue(name) }
    guard !jobspecs.contains(where: { $0.value.spec.jobspec.queue == name }) else {
      throw .conflict("queue \"\(name)\" has active jobs")
    }
    builder.add(.queueRemoved(name), owner: attribution.principal)
  }

  func decideMaintenance(
    _ window: MaintenanceWindow, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    guard attribution.role == .owner else { throw .forbidden("only the instance owner may announce maintenance") }
    let limit = SchedulingLimits.maintenanceWindows
    guard maintenance[window.name] != nil || maintenance.count < limit else {
      throw .tooManyMaintenanceWindows(limit: limit)
    }
    if maintenance[window.name] != window { builder.add(.maintenanceDefined(window), owner: attribution.principal) }
  }

  func decideMaintenanceRemoval(
    _ name: String, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    guard attribution.role == .owner else { throw .forbidden("only the instance owner may announce maintenance") }
    guard maintenance[name] != nil else { throw .unknownMaintenance }
    builder.add(.maintenanceRemoved(name), owner: attribution.principal)
  }

  func decidePreemption(
    _ policy: PreemptionPolicy, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    guard attribution.role == .owner else { throw .forbidden("only the instance owner may allow preemption") }
    if policy != preemption { builder.add(.preemptionSet(policy), owner: attribution.principal) }
  }

  /// A window that is over is forgotten, and what waited for its end is planned.
  func tendMaintenance(at now: Timestamp, _ builder: inout RecordBuilder) {
    for (name, window) in maintenance {
      guard let until = window.until, until <= now else { continue }
      builder.add(.maintenanceRemoved(name), owner: Attribution.broker.principal)
    }
  }

  /// What holds for a job: its queue's rules, or those for jobs that name none.
  public func rules(of jobspec: Jobspec) -> QueueRules { definedRules(of: jobspec) ?? QueueRules(name: "") }

  /// The same of a job: a step is in no queue.
  public func rules(of job: Job) -> QueueRules { job.within == nil ? rules(of: job.jobspec) : Enclosure.rules }

  /// `nil`: nobody has said anything, so that nothing is refused and nothing added.
  private func definedRules(of jobspec: Jobspec) -> QueueRules? {
    queues.isEmpty ? nil : jobspec.queue.flatMap { queues[$0] } ?? queues[""]
  }

  /// Why a queue does not take a job.
  func queueRefusal(of jobspec: Jobspec) -> Refusal? {
    if let name = jobspec.queue, queues[name] == nil { return .unknownQueue(name) }
    guard let rules = definedRules(of: jobspec) else { return nil }
    guard rules.isEnabled else {
      let place = rules.name.isEmpty ? "this instance" : "queue \"\(rules.name)\""
      return .queueClosed("\(place) takes no jobs" + (rules.disableReason.map { ": \($0)" } ?? ""))
    }
    return rules.refusal(of: jobspec).map { .overQueueLimit($0) }
  }

  func priority(of job: Job, urgency: UInt8) -> UInt32 {
    job.within == nil ? priority(of: job.jobspec, urgency: urgency) : JobPriority.initial(urgency: urgency)
  }

  /// The priority of a job: its urgency, and what its queue adds to that of its jobs. Held and expedited jobs are so
  /// in every queue.
  func priority(of jobspec: Jobspec, urgency: UInt8) -> UInt32 {
    let priority = JobPriority.initial(urgency: urgency)
    guard priority > 0, priority < UInt32.max, let rules = definedRules(of: jobspec) else { return priority }
    let raised = Int64(priority) + Int64(rules.priority)
    return UInt32(clamping: min(max(1, raised), Int64(UInt32.max) - 1))
  }
}
