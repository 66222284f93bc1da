extension SortedMap {
  public typealias Element = (key: Key, value: Value)

  @inlinable
  static func element(at place: Node.Place?) -> Element? {
    guard let place else { return nil }
    return (place.leaf.keys[place.index], place.leaf.values[place.index])
  }

  @inlinable public var first: Element? { Self.element(at: root.firstPlace) }
  @inlinable public var last: Element? { Self.element(at: root.lastPlace) }

  /// The entry of `key`, or the next greater one.
  @inlinable
  public func first(atOrAfter key: Key) -> Element? {
    Self.element(at: root.firstPlace(from: key, inclusive: true))
  }

  /// The entry with the least key greater than `key`.
  @inlinable
  public func first(after key: Key) -> Element? {
    Self.element(at: root.firstPlace(from: key, inclusive: false))
  }

  /// The entry of `key`, or the next smaller one.
  @inlinable
  public func last(atOrBefore key: Key) -> Element? {
    Self.element(at: root.lastPlace(upTo: key, inclusive: true))
  }

  /// The entry with the greatest key less than `key`.
  @inlinable
  public func last(before key: Key) -> Element? {
    Self.element(at: root.lastPlace(upTo: key, inclusive: false))
  }

  /// Visits entries in ascending order, from `lower` (inclusive) until `body` returns `false`.
  @inlinable
  public func forEach(from lower: Key? = nil, _ body: (Key, Value) -> Bool) {
    _ = root.visit(from: lower, body)
  }

  /// Visits entries in descending order, below `upper` (exclusive) until `body` returns `false`.
  @inlinable
  public func forEachReversed(below upper: Key? = nil, _ body: (Key, Value) -> Bool) {
    _ = root.visitReversed(below: upper, body)
  }
}
