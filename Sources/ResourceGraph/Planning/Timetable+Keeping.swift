public import Vocabulary

extension Timetable {
  /// Takes particular resources from the first moment on from which they are expected to be free for so long.
  ///
  /// - Parameters:
  ///   - duration: `nil`: for ever.
  ///   - momentLimit: moments tried at most.
  /// - Returns: that moment; `nil`: none was found, and nothing is taken.
  public mutating func keep(
    _ grants: [Grant], notBefore earliest: Timestamp, for duration: TimeSpan?, momentLimit: Int
  ) -> Timestamp? {
    let later = ends[ends.firstIndex(atLeast: earliest.microseconds)...].prefix(momentLimit)
    for start in [earliest] + later.map({ Timestamp(microseconds: $0) }) {
      let until = duration.map { start.advanced(by: $0) }
      guard isFree(grants, from: start, until: until) else { continue }
      reserve(grants, from: start, until: until)
      return start
    }
    return nil
  }

  /// - Parameter until: exclusive; `nil`: for ever.
  private func isFree(_ grants: [Grant], from: Timestamp, until: Timestamp?) -> Bool {
    let window = WindowAvailability(self, from: from.microseconds, until: until?.microseconds ?? .max)
    return grants.allSatisfy { grant in
      let number = grant.vertex.rawValue
      guard graph.contains(grant.vertex), !graph.hasAncestor(of: number, where: { !window.isOpen($0) }) else {
        return false
      }
      return graph[number].hasInterior ? window.isWhollyFree(number) : window.free(number) >= grant.amount.thousandths
    }
  }
}
