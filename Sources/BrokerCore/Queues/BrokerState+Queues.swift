public import Jobs
import Jobspec
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
    // Jobs are looked at one by one only where some may be in it.
    let isNamed = movedCount > 0 || jobspecs.contains { $0.value.spec.jobspec.queue == name }
    guard !isNamed || !jobs.contains(where: { $0.value.queue == name }) else {
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
  /// A step is in no queue.
  public func rules(of job: Job) -> QueueRules {
    job.within == nil ? definedRules(of: job.queue) ?? QueueRules(name: "") : Enclosure.rules
  }

  /// `nil`: nobody has said anything, so that nothing is refused and nothing added.
  private func definedRules(of queue: String?) -> QueueRules? {
    queues.isEmpty ? nil : queue.flatMap { queues[$0] } ?? queues[""]
  }

  /// Why its queue does not take a job.
  func queueRefusal(of jobspec: Jobspec) -> Refusal? {
    do throws(Refusal) {
      guard let rules = try openRules(of: jobspec.queue) else { return nil }
      return rules.refusal(of: jobspec).map { .overQueueLimit($0) }
    } catch {
      return error
    }
  }

  /// - Throws: when there is no such queue, or it takes no jobs.
  func openRules(of queue: String?) throws(Refusal) -> QueueRules? {
    if let queue, queues[queue] == nil { throw .unknownQueue(queue) }
    guard let rules = definedRules(of: queue) else { return nil }
    guard rules.isEnabled else {
      let place = rules.name.isEmpty ? "this instance" : "queue \"\(rules.name)\""
      throw .queueClosed("\(place) takes no jobs" + (rules.disableReason.map { ": \($0)" } ?? ""))
    }
    return rules
  }

  func priority(of job: Job, urgency: UInt8) -> UInt32 {
    priority(in: job.queue, isStep: job.within != nil, urgency: urgency)
  }

  /// The priority of a job: its urgency, and what its queue adds to that of its jobs. Held and expedited jobs are so
  /// in every queue; a step is in none.
  func priority(in queue: String?, isStep: Bool = false, urgency: UInt8) -> UInt32 {
    let priority = JobPriority.initial(urgency: urgency)
    guard !isStep, priority > 0, priority < UInt32.max, let rules = definedRules(of: queue) else { return priority }
    let raised = Int64(priority) + Int64(rules.priority)
    return UInt32(clamping: min(max(1, raised), Int64(UInt32.max) - 1))
  }
}
