public import Vocabulary

extension Timetable {
  /// Takes particular resources from the first moment on from which they are expected to be free for so long.
  ///
  /// Those that are never all free together are taken each by itself. What is closed can be nobody else's either, and
  /// is left out.
  ///
  /// - Parameter duration: `nil`: for ever.
  /// - Returns: the first moment at which something is taken; `nil`: nothing is.
  public mutating func keep(
    _ grants: [Grant], notBefore earliest: Timestamp, for duration: TimeSpan?
  ) -> Timestamp? {
    let open = grants.filter { graph.contains($0.vertex) && !isClosed($0.vertex.rawValue) }
    if let start = keepTogether(open, earliest, duration) { return start }
    return open.compactMap { keepTogether([$0], earliest, duration) }.min()
  }

  private mutating func keepTogether(
    _ grants: [Grant], _ earliest: Timestamp, _ duration: TimeSpan?
  ) -> Timestamp? {
    guard !grants.isEmpty else { return nil }
    var start = earliest
    while true {
      let until = duration.map { start.advanced(by: $0) }
      let conflicts = grants.compactMap {
        lastConflict(with: $0, from: start.microseconds, until: until?.microseconds ?? .max)
      }
      guard let end = conflicts.max() else {
        reserve(grants, from: start, until: until)
        return start
      }
      // Later than all that was looked at, so that this ends.
      guard end < .max else { return nil }
      start = Timestamp(microseconds: end)
    }
  }

  /// Down, drained or excluded, by itself or by what is above it.
  private func isClosed(_ number: UInt32) -> Bool {
    let isClosed = { (number: UInt32) in !graph[number].flags.isDisjoint(with: .closed) }
    return isClosed(number) || graph.hasAncestor(of: number, where: isClosed)
  }

  /// When the last moment of a span ends at which a grant could not be given; `.max`: never; `nil`: there is none.
  private func lastConflict(with grant: Grant, from: Int64, until: Int64) -> Int64? {
    let number = grant.vertex.rawValue
    let vertex = graph[number]
    var last: Int64?
    if let place = places[Int(number)] >= 0 ? Int(places[Int(number)]) : nil {
      let profile = profiles[place]
      last = profile.lastEnd(from: from, until: until) { step in
        vertex.hasInterior
          ? profile.value(step, profile.holdsColumn) != 0
          : profile.value(step, Profile.freeColumn) < grant.amount.thousandths
      }
    } else if vertex.hasInterior ? vertex.holds != 0 : vertex.size - vertex.taken < grant.amount.thousandths {
      return .max
    }
    _ = graph.hasAncestor(of: number) { above in
      var end: Int64?
      if places[Int(above)] >= 0 {
        let profile = profiles[Int(places[Int(above)])]
        end = profile.lastEnd(from: from, until: until) { profile.value($0, profile.wholeColumn) != 0 }
      } else if graph[above].flags.contains(.heldWhole) {
        end = .max
      }
      if let end { last = max(last ?? end, end) }
      return false
    }
    return last
  }
}

extension Profile {
  /// When the last step of a span ends that is so; `nil`: none is.
  fileprivate func lastEnd(from: Int64, until: Int64, _ isSo: (Int) -> Bool) -> Int64? {
    steps(within: from, until).last(where: isSo).map { end(of: $0) }
  }
}
