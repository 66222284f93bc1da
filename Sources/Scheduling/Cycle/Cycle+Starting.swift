import Persistent
import ResourceGraph
import Vocabulary

extension Cycle {
  /// Takes what a request needs from now on, unless it is not free, or is reserved before the job would end.
  mutating func start(_ number: Int) -> [Grant]? {
    if book.requests[number].isStuck { return nil }
    guard let grants = findNow(number) else {
      book.requests[number].isStuck = true
      return nil
    }
    let end = expectedEnd(of: number, from: problem.now)
    timetable?.reserve(grants, from: problem.now, until: end)
    return grants
  }

  /// - Returns: what was taken of the graph.
  private mutating func findNow(_ number: Int) -> [Grant]? {
    let request = book.requests[number]
    guard searches > 0, graph.mayHold(request.compiled) else { return nil }
    searches -= 1
    let until = request.key.duration.map { problem.now.advanced(by: $0) }
    guard let timetable, let firstReservation, until.map({ firstReservation < $0 }) ?? true else {
      return graph.match(request.compiled, policy: request.matchPolicy, hosts: request.openHosts)
    }
    // What is free until the job's end is free now, but the graph is the authority on that.
    let grants = timetable.match(
      request.compiled, policy: request.matchPolicy, hosts: request.openHosts, from: problem.now, until: until)
    guard let grants, graph.accepts(grants) else { return nil }
    graph.take(grants)
    return grants
  }

  /// Until when what starts then is expected to be held.
  func expectedEnd(of number: Int, from start: Timestamp) -> Timestamp {
    start.advanced(by: book.requests[number].key.duration ?? SchedulingLimits.horizon)
  }
}
