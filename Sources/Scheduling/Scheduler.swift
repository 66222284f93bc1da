import Persistent

/// Decides who starts now, on what; who has a reservation; and, where that is allowed, who is ended for others.
///
/// A function of its problem: no clock, no chance. Jobs are looked at in the order of the queue; all queues share the
/// resources and the reservations, but each has its own policy: a job that holds back its queue holds back no other. A
/// job that the whole instance could not hold, because it shrank, waits without holding anything back.
public enum Scheduler {
  /// - Parameters:
  ///   - placementLimit: so that a plan stays within one batch of the loop.
  ///   - candidateLimit: jobs looked at.
  ///   - outlookLimit: waiting jobs that are told what they wait for.
  public static func plan(
    _ problem: SchedulingProblem, placementLimit: Int,
    candidateLimit: Int = SchedulingLimits.candidatesPerCycle,
    outlookLimit: Int = SchedulingLimits.outlooksPerCycle
  ) -> Plan {
    var book = RequestBook()
    return plan(
      problem, placementLimit: placementLimit, candidateLimit: candidateLimit, outlookLimit: outlookLimit, &book)
  }

  /// - Parameter book: of earlier plans on the same graph and queues; what this one learns is added.
  static func plan(
    _ problem: SchedulingProblem, placementLimit: Int,
    candidateLimit: Int = SchedulingLimits.candidatesPerCycle,
    outlookLimit: Int = SchedulingLimits.outlooksPerCycle, _ book: inout RequestBook
  ) -> Plan {
    // Taken out meanwhile, so that nothing of it is copied.
    let given = book
    book = RequestBook()
    var cycle = Cycle(
      problem, placementLimit: placementLimit, candidateLimit: candidateLimit, outlookLimit: outlookLimit,
      book: consume given)
    problem.queue.forEach { cycle.consider($0.job) }
    book = cycle.book
    return cycle.plan
  }
}
