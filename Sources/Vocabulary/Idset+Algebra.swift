extension Idset {
  public func union(_ other: Idset) -> Idset {
    if isEmpty { return other }
    if other.isEmpty { return self }
    var result = Idset()
    var left = runs[...]
    var right = other.runs[...]
    while let a = left.first, let b = right.first {
      result.append(a.first <= b.first ? left.removeFirst() : right.removeFirst())
    }
    for run in left { result.append(run) }
    for run in right { result.append(run) }
    return result
  }

  public func intersection(_ other: Idset) -> Idset {
    var result = Idset()
    var left = runs[...]
    var right = other.runs[...]
    while let a = left.first, let b = right.first {
      let first = Swift.max(a.first, b.first)
      let last = Swift.min(a.last, b.last)
      if first <= last { result.append(Run(first: first, last: last)) }
      if a.last <= b.last { left.removeFirst() } else { right.removeFirst() }
    }
    return result
  }

  public func subtracting(_ other: Idset) -> Idset {
    var result = Idset()
    var right = other.runs[...]
    for run in runs {
      var first = run.first
      while let hole = right.first, hole.last < first { right.removeFirst() }
      var holes = right
      while let hole = holes.first, hole.first <= run.last, first <= run.last {
        if hole.first > first { result.append(Run(first: first, last: hole.first - 1)) }
        first = hole.last + 1
        holes.removeFirst()
      }
      if first <= run.last { result.append(Run(first: first, last: run.last)) }
    }
    return result
  }

  public mutating func formUnion(_ other: Idset) { self = union(other) }
  public mutating func formIntersection(_ other: Idset) { self = intersection(other) }
  public mutating func subtract(_ other: Idset) { self = subtracting(other) }

  public func isDisjoint(with other: Idset) -> Bool { intersection(other).isEmpty }
  public func isSubset(of other: Idset) -> Bool { subtracting(other).isEmpty }
  public func isSuperset(of other: Idset) -> Bool { other.isSubset(of: self) }

  /// The `count` least ids, or all when there are fewer.
  ///
  /// - Precondition: `count` is not negative.
  public func least(_ count: Int) -> Idset {
    precondition(count >= 0, "a count is not negative")
    var result = Idset()
    var wanted = count
    for run in runs where wanted > 0 {
      let taken = Swift.min(wanted, Int(run.last - run.first) + 1)
      result.append(Run(first: run.first, last: run.first + UInt32(taken - 1)))
      wanted -= taken
    }
    return result
  }
}
