extension SortedMap: Sequence {
  /// Walks a snapshot in ascending order; a leaf costs one descent.
  @frozen
  public struct Iterator: IteratorProtocol {
    @usableFromInline let root: TreeNode<Key, Value>
    @usableFromInline var leaf: TreeNode<Key, Value>?
    @usableFromInline var index: Int

    @inlinable
    init(_ root: TreeNode<Key, Value>) {
      self.root = root
      let place = root.firstPlace
      leaf = place?.leaf
      index = 0
    }

    @inlinable
    public mutating func next() -> SortedMap.Element? {
      guard let here = leaf else { return nil }
      let element = (key: here.keys[index], value: here.values[index])
      index += 1
      if index == here.keys.count {
        leaf = root.firstPlace(from: element.key, inclusive: false)?.leaf
        index = 0
      }
      return element
    }
  }

  @inlinable public func makeIterator() -> Iterator { Iterator(root) }
  @inlinable public var underestimatedCount: Int { count }

  /// The keys, ascending.
  @inlinable public var keys: some Sequence<Key> { lazy.map(\.key) }

  /// The values, in the order of their keys.
  @inlinable public var values: some Sequence<Value> { lazy.map(\.value) }
}

extension SortedMap: Equatable where Value: Equatable {
  @inlinable
  public static func == (a: Self, b: Self) -> Bool {
    a.root === b.root
      || a.count == b.count && a.elementsEqual(b) { $0.key == $1.key && $0.value == $1.value }
  }
}

extension SortedMap: Hashable where Key: Hashable, Value: Hashable {
  @inlinable
  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for (key, value) in self {
      hasher.combine(key)
      hasher.combine(value)
    }
  }
}
