import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

/// Whom to end so that jobs of higher priority can start.
struct Preemption {
  /// What would be free if everybody on the way out were gone, and those who wait for that had started.
  private var graph: ResourceGraph
  /// Least priority first, and of one priority the youngest.
  private var candidates: [Candidate]
  /// In the order in which they were chosen.
  private(set) var victims: [JobID] = []
  private var chosen: Set<JobID> = []
  /// Jobs that way may still be made for.
  private var jobsLeft = SchedulingLimits.preemptingJobsPerCycle

  private struct Candidate {
    let job: JobID
    let priority: UInt32
    let since: Timestamp
    let grants: [Grant]

    static func isSooner(_ a: Candidate, _ b: Candidate) -> Bool {
      if a.priority != b.priority { return a.priority < b.priority }
      return a.since != b.since ? a.since > b.since : a.job > b.job
    }
  }

  /// - Parameter graph: as it is after what the plan placed so far.
  init(_ problem: SchedulingProblem, _ graph: ResourceGraph) {
    self.graph = graph
    candidates = []
    for id in problem.holding {
      guard let job = problem.jobs[id], let allocation = job.allocation else { continue }
      switch job.phase {
      case .stopping, .leaving, .finished: self.graph.release(allocation.grants)
      case .allocated, .running:
        guard let least = job.jobspec.system.preemptibleAfter, let since = job.startedAt ?? job.runAt,
          job.startedAt.map({ problem.now.since($0) }) ?? .zero >= least
        else { continue }
        candidates.append(Candidate(job: id, priority: job.priority, since: since, grants: allocation.grants))
      case .depending, .waiting, .released, .ended: continue
      }
    }
    candidates.sort(by: Candidate.isSooner)
    candidates.removeLast(max(0, candidates.count - SchedulingLimits.victimsPerCycle))
  }

  func isVictim(_ job: JobID) -> Bool { chosen.contains(job) }

  var isExhausted: Bool { jobsLeft == 0 }

  /// The same, after one job more was looked at in vain.
  var spent: Preemption {
    var copy = self
    copy.jobsLeft -= 1
    return copy
  }

  /// Chooses whom to end for one job: the least that make it fit, in the order of the candidates.
  ///
  /// - Returns: none, where those who are on the way out already make enough room; `nil`: there is no way.
  mutating func makeWay(for request: Request, priority: UInt32) -> [JobID]? {
    jobsLeft -= 1
    if request.match(in: &graph) != nil { return [] }
    var scratch = graph
    var wanted: [Candidate] = []
    var grants: [Grant]?
    for candidate in candidates where candidate.priority < priority && !chosen.contains(candidate.job) {
      scratch.release(candidate.grants)
      wanted.append(candidate)
      guard scratch.mayHold(request.compiled) else { continue }
      grants = request.match(in: &scratch)
      if grants != nil { break }
    }
    guard let found = grants else { return nil }
    scratch.release(found)
    wanted = needed(wanted, for: request, &scratch)
    guard request.match(in: &scratch) != nil else { preconditionFailure("those who are needed are enough") }
    graph = scratch
    let jobs = wanted.map(\.job)
    victims += jobs
    chosen.formUnion(jobs)
    return jobs
  }

  /// Without those whose end does not matter; who should rather stay is asked about first.
  private func needed(
    _ wanted: [Candidate], for request: Request, _ scratch: inout ResourceGraph
  ) -> [Candidate] {
    var kept: [Candidate] = []
    for candidate in wanted.reversed() {
      scratch.take(candidate.grants)
      if let grants = request.match(in: &scratch) {
        scratch.release(grants)
      } else {
        scratch.release(candidate.grants)
        kept.append(candidate)
      }
    }
    return kept.reversed()
  }
}

extension Request {
  /// Takes what it needs on hosts that are open now.
  fileprivate func match(in graph: inout ResourceGraph) -> [Grant]? {
    graph.match(compiled, policy: matchPolicy, hosts: openHosts)
  }
}
