import Jobs
import Persistent
import ResourceGraph

extension Cycle {
  /// Chooses running jobs to end for one that does not fit, where that is allowed.
  ///
  /// - Returns: whether it can start once those, or others that are ending already, are gone. Then what they leave is
  ///   reserved for it, whatever the policy, so that nobody else starts there meanwhile.
  mutating func makeWay(for job: Job, _ number: Int) -> Bool {
    guard problem.preemption == .on else { return false }
    var preemption = preemption ?? Preemption(problem, graph)
    self.preemption = nil
    defer { self.preemption = preemption }
    let request = requests[number]
    let outcome = preemption.makeWay(for: request.compiled, on: request.openHosts, priority: job.priority)
    guard case .way(let victims) = outcome else { return false }
    for id in victims {
      guard let victim = problem.jobs[id], let allocation = victim.allocation else { continue }
      timetable?.shorten(
        allocation.grants, endingAt: problem.expectedEnd(of: victim, allocation), to: problem.soon)
    }
    return true
  }
}
