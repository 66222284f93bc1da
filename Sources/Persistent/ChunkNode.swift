/// A node of the radix tree behind `ChunkedArray`: a chunk of elements, or the nodes of the level below.
///
/// Sendable although its fields vary, and free of run-time access checks, for the reasons given at `TreeNode`: it is
/// changed only when uniquely reachable.
@usableFromInline
final class ChunkNode<Element: Sendable>: @unchecked Sendable {
  @safe @exclusivity(unchecked) @usableFromInline var elements: [Element]
  @safe @exclusivity(unchecked) @usableFromInline var children: [ChunkNode]

  @inlinable
  init(elements: [Element] = [], children: [ChunkNode] = []) {
    self.elements = elements
    self.children = children
  }

  /// Bits of an index that one level resolves: 64 elements a chunk, 64 children a node.
  @inlinable static var bits: Int { 6 }
  @inlinable static var width: Int { 1 << bits }
  @inlinable static var mask: Int { width - 1 }

  @inlinable func copy() -> ChunkNode { ChunkNode(elements: elements, children: children) }

  @inlinable
  func makeChildUnique(at index: Int) {
    if !isKnownUniquelyReferenced(&children[index]) { children[index] = children[index].copy() }
  }

  /// - Returns: `false` when `body` stopped the visit.
  @inlinable
  func visit(_ body: (Element) -> Bool) -> Bool {
    for element in elements { guard body(element) else { return false } }
    for child in children { guard child.visit(body) else { return false } }
    return true
  }

  /// Stops the process unless the subtree holds exactly `count` elements in chunks that are full but for the last.
  @usableFromInline
  func checkInvariants(height: Int, count: Int) {
    guard height > 0 else {
      precondition(
        children.isEmpty && elements.count == count && count <= Self.width, "chunks are filled in order")
      return
    }
    let below = 1 << (Self.bits * height)
    precondition(elements.isEmpty && children.count <= Self.width, "inner nodes have children only")
    precondition(children.count == (count + below - 1) / below, "children are filled in order")
    for (index, child) in children.enumerated() {
      child.checkInvariants(height: height - 1, count: min(below, count - index * below))
    }
  }
}
