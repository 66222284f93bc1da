public import Vocabulary

extension HostSet {
  public init(rankLimit: Int, ranks: Idset) {
    self.init(rankLimit: rankLimit)
    for range in ranks.ranges where range.lowerBound < rankLimit {
      for rank in range.lowerBound...min(range.upperBound, rankLimit - 1) { insert(rank) }
    }
  }

  /// Every host of a graph.
  public init(all graph: ResourceGraph) {
    self.init(rankLimit: graph.rankLimit)
    graph.forEachHost { rank, _ in
      insert(rank)
      return true
    }
  }

  public func subtracting(_ other: HostSet) -> HostSet { filtered { !other.contains($0) } }
  public func intersection(_ other: HostSet) -> HostSet { filtered { other.contains($0) } }

  private func filtered(_ isKept: (Int) -> Bool) -> HostSet {
    var result = HostSet(rankLimit: rankLimit)
    forEach { rank in
      if isKept(rank) { result.insert(rank) }
      return true
    }
    return result
  }
}
