import Persistent
public import Vocabulary

extension Timetable {
  /// When and on what something can start.
  public struct Opening: Sendable {
    public let start: Timestamp
    public let grants: [Grant]
  }

  /// What came of the search for a start.
  public enum Finding: Sendable {
    case opening(Opening)
    /// Never, as far as can be told now.
    case never
    /// More moments would have had to be tried than are allowed; from where to go on.
    case tired(at: Timestamp)
  }

  /// Resources that are free through a span, in the policy's order; takes nothing.
  ///
  /// - Parameters:
  ///   - until: exclusive; `nil`: for ever.
  ///   - hosts: those that may be used; `nil`: all.
  public func match(
    _ request: CompiledRequest, policy: MatchPolicy = .first, hosts: HostSet? = nil, from: Timestamp,
    until: Timestamp?
  ) -> [Grant]? {
    match(request, policy, hosts, from.microseconds, until?.microseconds ?? .max)
  }

  private func match(
    _ request: CompiledRequest, _ policy: MatchPolicy, _ hosts: HostSet?, _ from: Int64, _ until: Int64
  ) -> [Grant]? {
    var matcher = Matcher(WindowAvailability(self, from: from, until: until), policy: policy, hosts: hosts)
    return matcher.match(request)
  }

  /// The first moment from which a request can have resources for so long.
  ///
  /// Only moments at which something ends are tried: were there an earlier start on the same resources, something
  /// would end there.
  ///
  /// - Parameters:
  ///   - duration: more than zero; `nil`: for ever.
  ///   - earliest: earlier moments are not tried.
  ///   - closures: hosts that are closed for a time.
  ///   - hosts: those that may be used; `nil`: all.
  ///   - attempts: searches still allowed; what is left is written back.
  public func earliestStart(
    of request: CompiledRequest, policy: MatchPolicy = .first, hosts: HostSet? = nil, for duration: TimeSpan?,
    notBefore earliest: Timestamp, closures: [HostClosure] = [], attempts: inout Int
  ) -> Finding {
    guard request.unknownType == nil, graph.root != nil else { return .never }
    let closings = ends(with: closures)
    let need = graph.hostNeed(of: request)
    var place = closings.firstIndex(atLeast: earliest.microseconds)
    while place < closings.count {
      // Nothing can start before the sums at the root are enough.
      if let shortage = lastShortage(of: request, from: closings[place], until: end(closings[place], duration)) {
        place = closings.firstIndex(atLeast: shortage)
        continue
      }
      let moments = Array(closings[place..<min(place + Self.prospectWidth, closings.count)])
      let prospects = need.map { self.prospects($0, at: moments, for: duration?.microseconds, on: hosts) }
      for (index, from) in moments.enumerated() where prospects?[index] ?? true {
        let until = end(from, duration)
        guard lastShortage(of: request, from: from, until: until) == nil else { continue }
        guard attempts > 0 else { return .tired(at: Timestamp(microseconds: from)) }
        attempts -= 1
        let open = HostClosure.hosts(hosts, without: closures, in: graph, from: from, until: until)
        if let grants = match(request, policy, open, from, until) {
          return .opening(Opening(start: Timestamp(microseconds: from), grants: grants))
        }
      }
      place += moments.count
    }
    return .never
  }

  private func end(_ from: Int64, _ duration: TimeSpan?) -> Int64 {
    duration.map { Timestamp(microseconds: from).advanced(by: $0).microseconds } ?? .max
  }

  private func ends(with closures: [HostClosure]) -> [Int64] {
    var all = ends
    for closure in closures {
      guard let end = closure.until?.microseconds, end > begin else { continue }
      let place = all.firstIndex(atLeast: end)
      if place == all.count || all[place] != end { all.insert(end, at: place) }
    }
    return all
  }

  /// When the last moment of a span ends at which the root has too little; `nil`: there is none.
  private func lastShortage(of request: CompiledRequest, from: Int64, until: Int64) -> Int64? {
    // Without a profile nothing ever changes, and the search will tell.
    guard !places.isEmpty, places[0] >= 0 else { return nil }
    let profile = profiles[Int(places[0])]
    let vertex = graph[0]
    var last: Int64?
    for need in request.least {
      let own = vertex.type == need.type ? vertex.size : 0
      let column = profile.column(of: need.type)
      var step = until == .max ? profile.times.count - 1 : profile.step(at: until - 1)
      let first = profile.step(at: from)
      while step >= first {
        if (column.map { profile.value(step, $0) } ?? 0) + own < need.amount {
          let end = step + 1 < profile.times.count ? profile.times[step + 1] : .max
          last = max(last ?? end, end)
          break
        }
        step -= 1
      }
    }
    return last
  }
}
