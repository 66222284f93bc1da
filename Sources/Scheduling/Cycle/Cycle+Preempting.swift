import Jobs
import Persistent
import ResourceGraph
import Vocabulary

extension Cycle {
  /// Chooses running jobs to end for one that does not fit, where that is allowed.
  ///
  /// Nobody is ended in vain: what they leave must not be reserved for a job ahead.
  ///
  /// - Returns: whether it can start once those, or others that are ending already, are gone. Then what they leave is
  ///   reserved for it, whatever the policy, so that nobody else starts there meanwhile.
  mutating func makeWay(for job: Job, _ number: Int) -> Bool {
    guard problem.preemption == .on, preemption?.isExhausted != true else { return false }
    var choice = preemption ?? Preemption(problem, graph)
    let before = choice
    let request = book.requests[number]
    let victims = choice.makeWay(for: request, priority: job.priority)
    guard let victims, endSoon(victims, for: request) else {
      preemption = before.spent
      return false
    }
    preemption = choice
    return true
  }

  /// Writes into the timetable, if there is one yet, that these will end; not if that does not help.
  private mutating func endSoon(_ victims: [JobID], for request: Request) -> Bool {
    guard var table = timetable else { return true }
    for id in victims {
      guard let victim = problem.jobs[id], let allocation = victim.allocation else { continue }
      table.shorten(allocation.grants, endingAt: problem.expectedEnd(of: victim, allocation), to: problem.soon)
    }
    let until = request.key.duration.map { problem.soon.advanced(by: $0) }
    let grants = table.match(
      request.compiled, policy: request.matchPolicy, hosts: request.openHosts, from: problem.soon, until: until)
    guard grants != nil else { return false }
    timetable = table
    return true
  }
}
