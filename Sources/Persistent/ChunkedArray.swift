/// A persistent array: copying it is O(1), changing an element of a copy shares all but one chunk and its path.
@frozen
public struct ChunkedArray<Element: Sendable>: Sendable {
  @usableFromInline var root: ChunkNode<Element>
  /// Levels above the chunks.
  @usableFromInline var height: Int
  @usableFromInline var storedCount: Int

  @inlinable
  public init() {
    root = ChunkNode()
    height = 0
    storedCount = 0
  }

  /// All chunks are the same one until they change, so this takes O(log count) memory.
  ///
  /// - Precondition: `count` is not negative.
  @inlinable
  public init(repeating element: Element, count: Int) {
    precondition(count >= 0, "a count is not negative")
    storedCount = count
    height = 0
    while count > ChunkNode<Element>.width << (ChunkNode<Element>.bits * height) { height += 1 }
    root = Self.filled(with: element, count: count, height: height, full: Self.fullNodes(element, height))
  }

  @inlinable
  public init(_ elements: some Sequence<Element>) {
    self.init()
    for element in elements { append(element) }
  }

  @inlinable public var count: Int { storedCount }
  @inlinable public var isEmpty: Bool { count == 0 }

  /// - Precondition: `index` is within bounds.
  @inlinable
  public subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index is within bounds")
      // Counting a reference up and down on every level would take most of the time. Unsafe but sound: the array, which
      // cannot change while it is read, holds the root, and every node holds those below it.
      var node = unsafe Unmanaged.passUnretained(root)
      var shift = height * ChunkNode<Element>.bits
      while shift > 0 {
        let slot = (index >> shift) & ChunkNode<Element>.mask
        unsafe node = node._withUnsafeGuaranteedRef { unsafe Unmanaged.passUnretained($0.children[slot]) }
        shift -= ChunkNode<Element>.bits
      }
      return unsafe node._withUnsafeGuaranteedRef { $0.elements[index & ChunkNode<Element>.mask] }
    }
    set { modify(index) { $0 = newValue } }
  }

  /// Changes an element where it lies; what `body` did stays done when it throws.
  ///
  /// - Precondition: `index` is within bounds.
  @inlinable
  @discardableResult
  public mutating func modify<R, E: Error>(
    _ index: Int, _ body: (inout Element) throws(E) -> R
  ) throws(E) -> R {
    precondition(index >= 0 && index < count, "index is within bounds")
    let chunk = uniqueChunk(at: index)
    return try body(&chunk.elements[index & ChunkNode<Element>.mask])
  }

  @inlinable
  public mutating func append(_ element: Element) {
    if count == ChunkNode<Element>.width << (ChunkNode<Element>.bits * height) {
      root = ChunkNode(children: [root])
      height += 1
    }
    let chunk = uniqueChunk(at: count)
    if chunk.elements.isEmpty && count > 0 { chunk.elements.reserveCapacity(ChunkNode<Element>.width) }
    chunk.elements.append(element)
    storedCount += 1
  }

  /// The chunk of `index`, only ours; nodes are made for an index just past the end.
  @inlinable
  mutating func uniqueChunk(at index: Int) -> ChunkNode<Element> {
    if !isKnownUniquelyReferenced(&root) { root = root.copy() }
    var node = root
    var shift = height * ChunkNode<Element>.bits
    while shift > 0 {
      let slot = (index >> shift) & ChunkNode<Element>.mask
      if slot == node.children.count {
        node.children.append(ChunkNode())
      } else {
        node.makeChildUnique(at: slot)
      }
      node = node.children[slot]
      shift -= ChunkNode<Element>.bits
    }
    return node
  }

  /// Visits elements in order until `body` returns `false`.
  @inlinable
  public func forEach(_ body: (Element) -> Bool) { _ = root.visit(body) }

  /// Stops the process unless the tree is well formed; for tests, O(n).
  public func checkInvariants() {
    precondition(height == 0 || count > 1 << (ChunkNode<Element>.bits * height), "the root is needed")
    root.checkInvariants(height: height, count: count)
  }

  // MARK: Filling

  /// Full nodes of every height up to and including `height`.
  @inlinable
  static func fullNodes(_ element: Element, _ height: Int) -> [ChunkNode<Element>] {
    var nodes = [ChunkNode(elements: Array(repeating: element, count: ChunkNode<Element>.width))]
    while nodes.count <= height {
      nodes.append(
        ChunkNode(children: Array(repeating: nodes[nodes.count - 1], count: ChunkNode<Element>.width)))
    }
    return nodes
  }

  @inlinable
  static func filled(
    with element: Element, count: Int, height: Int, full: [ChunkNode<Element>]
  ) -> ChunkNode<Element> {
    guard height > 0 else { return ChunkNode(elements: Array(repeating: element, count: count)) }
    let below = 1 << (ChunkNode<Element>.bits * height)
    var children = Array(repeating: full[height - 1], count: count / below)
    if count % below > 0 {
      children.append(filled(with: element, count: count % below, height: height - 1, full: full))
    }
    return ChunkNode(children: children)
  }
}
