public import Scheduling

extension BrokerState {
  /// Which waiting jobs could start now, and on what; made away from the loop, and checked again when it comes back.
  ///
  /// - Returns: `nil` while there are no resources.
  public func plan(limit: Int = BrokerLimits.placementsPerPlan) -> Plan? {
    guard let graph, let emptyGraph else { return nil }
    return FirstComeFirstServed.plan(
      queue: queue, jobs: jobs, graph: graph, empty: emptyGraph, origin: graphOrigin, limit: limit)
  }
}
