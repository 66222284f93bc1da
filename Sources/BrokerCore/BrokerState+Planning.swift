import Jobs
import Persistent
public import Scheduling
public import Vocabulary

extension BrokerState {
  /// Which waiting jobs could start now, and on what; made away from the loop, and checked again when it comes back.
  ///
  /// - Returns: `nil` while there are no resources.
  public func plan(at now: Timestamp, limit: Int = BrokerLimits.placementsPerPlan) -> Plan? {
    guard graph != nil else { return nil }
    let steps = planSteps(at: now, limit: limit / 2)
    guard !queue.isEmpty, let problem = schedulingProblem(at: now) else { return steps }
    return steps
      + Scheduler.plan(
        problem, placementLimit: limit - steps.placements.count,
        outlookLimit: SchedulingLimits.outlooksPerCycle - steps.outlooks.count)
  }

  /// All that a plan depends on, but for steps; `nil` while there are no resources.
  public func schedulingProblem(at now: Timestamp) -> SchedulingProblem? {
    guard let graph, let emptyGraph else { return nil }
    return SchedulingProblem(
      now: now, queue: queue, jobs: jobs, holding: holding,
      others: allocations.map(\.value.allocation) + housekeeping.map(\.value.allocation),
      promises: reservations.map(\.value.promise), graph: graph, emptyGraph: emptyGraph, origin: planOrigin,
      queues: queues,
      defaultRules: queues[""] ?? QueueRules(name: ""), maintenance: maintenance.map(\.value), preemption: preemption)
  }
}
