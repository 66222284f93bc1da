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
  ///   - empty: the same with nothing held.
  ///   - origin: the record that first made both.
  ///   - limit: placements at most, so that a plan stays within one batch of the loop.
  public static func plan(
    queue: SortedSet<QueueKey>, jobs: SortedMap<JobID, Job>, graph: ResourceGraph, empty: ResourceGraph,
    origin: UInt64, limit: Int
  ) -> Plan {
    var graph = graph
    var requests: [Digest: PlacedRequest] = [:]
    var placements: [Plan.Placement] = []
    queue.forEach { key in
      guard placements.count < limit, let job = jobs[key.job] else { return false }
      let request: PlacedRequest
      if let known = requests[job.spec.digest] {
        request = known
      } else {
        request = PlacedRequest(job.jobspec, graph)
        requests[job.spec.digest] = request
      }
      guard let grants = graph.match(request.request, hosts: request.hosts) else {
        return empty.shortage(for: job.jobspec) != nil
      }
      placements.append(Plan.Placement(job: job.id, attempt: job.attempt, grants: grants))
      return true
    }
    return Plan(placements: placements, origin: origin)
  }

  /// What jobs with one jobspec look for, worked out once a plan.
  private struct PlacedRequest {
    let request: CompiledRequest
    /// `nil`: all.
    let hosts: HostSet?

    init(_ jobspec: Jobspec, _ graph: ResourceGraph) {
      request = graph.compile(jobspec.request)
      hosts = jobspec.constraint.map { graph.hosts(allowedBy: $0) }
    }
  }
}
