import Jobs
import Persistent
import ResourceGraph
import Vocabulary

extension Cycle {
  /// Whether a queue still has reservations to give.
  func mayReserve(in lane: Int) -> Bool { lanes[lane].reservations < lanes[lane].rules.policy.reservations }

  /// Gives a request that does not fit now the first time and resources at which it will.
  ///
  /// - Returns: the start, where it does not depend on jobs without a time limit.
  mutating func reserve(_ number: Int, _ lane: Int) -> Timestamp? {
    guard reservations < SchedulingLimits.reservationsPerCycle, !book.requests[number].isHopeless else { return nil }
    var table = timetable ?? makeTimetable()
    timetable = nil
    defer { timetable = table }
    let request = book.requests[number]
    let allowed = min(searches, SchedulingLimits.momentsPerReservation)
    var attempts = allowed
    let finding = table.earliestStart(
      of: request.compiled, policy: request.matchPolicy, hosts: request.hosts, for: request.key.duration,
      notBefore: request.lastStart ?? problem.now.advanced(by: TimeSpan(microseconds: 1)),
      closures: closures(exempting: request.key.exemptions), attempts: &attempts)
    searches -= allowed - attempts
    switch finding {
    case .never: book.requests[number].isHopeless = true
    case .tired(let start): book.requests[number].lastStart = start
    case .opening(let opening):
      book.requests[number].lastStart = opening.start
      table.reserve(opening.grants, from: opening.start, until: expectedEnd(of: number, from: opening.start))
      lanes[lane].reservations += 1
      reservations += 1
      firstReservation = min(firstReservation ?? opening.start, opening.start)
      return opening.start < problem.now.advanced(by: SchedulingLimits.horizon) ? opening.start : nil
    }
    return nil
  }

  /// What is promised is left alone by whatever this plan places.
  mutating func keepPromises() {
    guard !problem.promises.isEmpty else { return }
    var table = makeTimetable()
    for promise in problem.promises {
      // Who should have left by then and has not makes it later.
      let start = table.keep(
        promise.grants, notBefore: max(promise.start, problem.now), for: promise.duration)
      guard let start else { continue }
      firstReservation = min(firstReservation ?? start, start)
    }
    timetable = table
  }

  /// What is expected to be free when, with everything that is promised.
  mutating func expectations() -> Timetable { timetable ?? makeTimetable() }

  /// From what runs and from what this plan has placed so far.
  private mutating func makeTimetable() -> Timetable {
    var holds: [Timetable.Hold] = []
    for id in problem.holding {
      guard let job = problem.jobs[id], let allocation = job.allocation else { continue }
      let end = preemption?.isVictim(id) == true ? problem.soon : problem.expectedEnd(of: job, allocation)
      holds.append(Timetable.Hold(grants: allocation.grants, end: end))
    }
    for allocation in problem.others {
      holds.append(Timetable.Hold(grants: allocation.grants, end: problem.expectedEnd(of: allocation)))
    }
    for placement in placements {
      guard let job = problem.jobs[placement.job] else { continue }
      holds.append(
        Timetable.Hold(grants: placement.grants, end: expectedEnd(of: request(of: job), from: problem.now)))
    }
    return Timetable(graph, now: problem.now, holds: holds)
  }
}

extension SchedulingProblem {
  /// When what should be free already is expected to be.
  var soon: Timestamp { now.advanced(by: SchedulingLimits.overrunGrace) }

  /// Time frees nothing: a job past its time limit is expected to end soon, cycle after cycle, and so is one whose
  /// processes are being ended.
  func expectedEnd(of job: Job, _ allocation: Allocation) -> Timestamp {
    job.phase.isOnTheWayOut ? soon : expectedEnd(of: allocation)
  }

  func expectedEnd(of allocation: Allocation) -> Timestamp {
    guard let expiration = allocation.expiration else { return now.advanced(by: SchedulingLimits.horizon) }
    return expiration > now ? expiration : soon
  }
}
