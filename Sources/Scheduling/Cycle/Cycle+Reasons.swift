import Persistent
import ResourceGraph
import Vocabulary

/// What jobs wait for, in words.
extension Cycle {
  func reasonOfShutLane(_ number: Int) -> String {
    let lane = lanes[number]
    guard !lane.rules.isStarted else {
      return lane.firstWaiting.map { "waits behind job \($0.f58)" } ?? "waits behind others"
    }
    let name = lane.rules.name.isEmpty ? "scheduling" : "queue \"\(lane.rules.name)\""
    return "\(name) is stopped" + (lane.rules.stopReason.map { ": \($0)" } ?? "")
  }

  /// Of a request that could not start now.
  mutating func reason(_ number: Int) -> String {
    if let known = book.requests[number].reason { return known }
    let reason = findReason(book.requests[number])
    book.requests[number].reason = reason
    return reason
  }

  private func findReason(_ request: Request) -> String {
    if let type = request.compiled.unknownType { return "there are no resources of type \"\(type)\"" }
    if let short = graph.shortfall(of: request.compiled, on: request.hosts) {
      let unit = short.needed == .one ? short.type : "\(short.type)s"
      return "waits for \(short.needed.text) \(unit), \(short.free.text) free"
    }
    var scratch = graph
    if scratch.match(request.compiled, policy: request.matchPolicy, hosts: request.openHosts) != nil {
      return timetable == nil ? "is looked at by the next plan" : "what is free is reserved for jobs ahead of it"
    }
    if scratch.match(request.compiled, policy: request.matchPolicy, hosts: request.hosts) != nil {
      return "could not end before maintenance begins\(names(of: request))"
    }
    return request.hosts == nil
      ? "enough is free in all, but not together" : "not enough is free on the nodes that it may use"
  }

  private func names(of request: Request) -> String {
    let until = request.key.duration.map { problem.now.advanced(by: $0) }
    let names = zip(problem.maintenance, closures).enumerated().filter { index, window in
      request.key.exemptions & (1 << UInt64(index)) == 0 && window.1.overlaps(from: problem.now, until: until)
    }
    return names.isEmpty ? "" : " (\(names.map { "\"\($0.element.0.name)\"" }.joined(separator: ", ")))"
  }
}
