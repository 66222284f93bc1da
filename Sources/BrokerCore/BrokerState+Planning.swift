import Jobs
import Persistent
public import Scheduling
public import Vocabulary

extension BrokerState {
  /// Which waiting jobs could start now, and on what; made away from the loop, and checked again when it comes back.
  ///
  /// - Returns: `nil` while there are no resources.
  public func plan(at now: Timestamp, limit: Int = BrokerLimits.placementsPerPlan) -> Plan? {
    schedulingProblem(at: now).map { Scheduler.plan($0, placementLimit: limit) }
  }

  /// All that a plan depends on; `nil` while there are no resources.
  public func schedulingProblem(at now: Timestamp) -> SchedulingProblem? {
    guard let graph, let emptyGraph else { return nil }
    return SchedulingProblem(
      now: now, queue: queue, jobs: jobs, holding: executing,
      others: allocations.map(\.value.allocation) + housekeeping.map(\.value.allocation),
      promises: reservations.map(\.value.promise), graph: graph, emptyGraph: emptyGraph, origin: planOrigin,
      queues: queues,
      defaultRules: queues[""] ?? QueueRules(name: ""), maintenance: maintenance.map(\.value), preemption: preemption)
  }
}
