/// A persistent set in ascending order, with the costs of `SortedMap`.
@frozen
public struct SortedSet<Element: Comparable & Sendable>: Sendable {
  /// The value that a set does not have.
  @usableFromInline
  @frozen
  struct Nothing: Hashable, Sendable {
    @inlinable init() {}
  }

  @usableFromInline var members: SortedMap<Element, Nothing>

  @inlinable public init() { members = SortedMap() }

  @inlinable
  public init(_ elements: some Sequence<Element>) {
    self.init()
    for element in elements { insert(element) }
  }

  @inlinable public var count: Int { members.count }
  @inlinable public var isEmpty: Bool { members.isEmpty }
  @inlinable public var first: Element? { members.first?.key }
  @inlinable public var last: Element? { members.last?.key }

  @inlinable public func contains(_ element: Element) -> Bool { members[element] != nil }

  /// - Returns: whether the element is new.
  @inlinable
  @discardableResult
  public mutating func insert(_ element: Element) -> Bool {
    members.updateValue(Nothing(), forKey: element) == nil
  }

  /// - Returns: whether the element was there.
  @inlinable
  @discardableResult
  public mutating func remove(_ element: Element) -> Bool { members.removeValue(forKey: element) != nil }

  @inlinable public func first(atOrAfter element: Element) -> Element? {
    members.first(atOrAfter: element)?.key
  }
  @inlinable public func first(after element: Element) -> Element? { members.first(after: element)?.key }
  @inlinable public func last(atOrBefore element: Element) -> Element? {
    members.last(atOrBefore: element)?.key
  }
  @inlinable public func last(before element: Element) -> Element? { members.last(before: element)?.key }

  /// Visits elements in ascending order, from `lower` (inclusive) until `body` returns `false`.
  @inlinable
  public func forEach(from lower: Element? = nil, _ body: (Element) -> Bool) {
    members.forEach(from: lower) { element, _ in body(element) }
  }

  /// Visits elements in descending order, below `upper` (exclusive) until `body` returns `false`.
  @inlinable
  public func forEachReversed(below upper: Element? = nil, _ body: (Element) -> Bool) {
    members.forEachReversed(below: upper) { element, _ in body(element) }
  }

  /// Stops the process unless the tree is well formed; for tests, O(n).
  public func checkInvariants() { members.checkInvariants() }
}

extension SortedSet: Sequence {
  @frozen
  public struct Iterator: IteratorProtocol {
    @usableFromInline var entries: SortedMap<Element, Nothing>.Iterator

    @inlinable init(_ entries: SortedMap<Element, Nothing>.Iterator) { self.entries = entries }

    @inlinable public mutating func next() -> Element? { entries.next()?.key }
  }

  @inlinable public func makeIterator() -> Iterator { Iterator(members.makeIterator()) }
  @inlinable public var underestimatedCount: Int { count }
}

extension SortedSet: Equatable {
  @inlinable public static func == (a: Self, b: Self) -> Bool { a.members == b.members }
}

extension SortedSet: Hashable where Element: Hashable {
  @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(members) }
}
