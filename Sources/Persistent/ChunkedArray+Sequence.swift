extension ChunkedArray: Sequence {
  @frozen
  public struct Iterator: IteratorProtocol {
    @usableFromInline let array: ChunkedArray
    @usableFromInline var chunk: [Element]
    @usableFromInline var index: Int

    @inlinable
    init(_ array: ChunkedArray) {
      self.array = array
      chunk = []
      index = 0
    }

    @inlinable
    public mutating func next() -> Element? {
      guard index < array.count else { return nil }
      let slot = index & ChunkNode<Element>.mask
      if slot == 0 { chunk = array.chunk(at: index) }
      index += 1
      return chunk[slot]
    }
  }

  @inlinable public func makeIterator() -> Iterator { Iterator(self) }
  @inlinable public var underestimatedCount: Int { count }

  @inlinable
  func chunk(at index: Int) -> [Element] {
    var node = root
    var shift = height * ChunkNode<Element>.bits
    while shift > 0 {
      node = node.children[(index >> shift) & ChunkNode<Element>.mask]
      shift -= ChunkNode<Element>.bits
    }
    return node.elements
  }
}

extension ChunkedArray: Equatable where Element: Equatable {
  @inlinable
  public static func == (a: Self, b: Self) -> Bool {
    a.root === b.root || a.count == b.count && a.elementsEqual(b)
  }
}

extension ChunkedArray: Hashable where Element: Hashable {
  @inlinable
  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for element in self { hasher.combine(element) }
  }
}
