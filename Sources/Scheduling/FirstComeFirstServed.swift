import Jobspec
public import Jobs
public import Persistent
public import ResourceGraph
public import Vocabulary

/// Jobs start in the order of the queue; one that does not fit now holds back everything behind it. One that
/// the whole instance could not hold, because it shrank, waits without holding anything back.
///
/// - Source: flux-sched's queue policy `fcfs`.
public enum FirstComeFirstServed {
  /// - Parameters:
  ///   - graph: what is free; a copy, used as scratch.
  ///   - limit: placements at most, so that a plan stays within one batch of the loop.
  public static func plan(
    queue: SortedSet<QueueKey>, jobs: SortedMap<JobID, Job>, graph: ResourceGraph, limit: Int
  ) -> Plan {
    var graph = graph
    var placements: [Plan.Placement] = []
    queue.forEach { key in
      guard placements.count < limit, graph.hasFreeCore, let job = jobs[key.job] else { return false }
      guard let grants = graph.match(job.jobspec.demand) else {
        return graph.shortage(for: job.jobspec.demand) != nil
      }
      graph.take(grants)
      placements.append(Plan.Placement(job: job.id, attempt: job.attempt, grants: grants))
      return true
    }
    return Plan(placements: placements, topology: graph.topology)
  }
}
