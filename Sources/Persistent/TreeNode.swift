/// A node of the B+tree behind `SortedMap` and `SortedSet`.
///
/// A leaf holds entries in `keys` and `values`; an inner node holds `children` and, between each two, a separator
/// that is greater than every key to its left and not greater than any key to its right.
///
/// A copy of a node shares its arrays until one of them changes, so an update that replaces a value leaves the
/// keys shared with every snapshot.
///
/// Sendable although its fields vary: a node is changed only by a tree that has proved, with
/// `isKnownUniquelyReferenced` on the way down from a unique root, that nobody else can reach it. For the same reason
/// the run-time checks of overlapping access, half of the cost of an update, are left out: the tree's own variable
/// is checked, and a node that is being changed can be reached through that one tree only.
@usableFromInline
final class TreeNode<Key: Comparable & Sendable, Value: Sendable>: @unchecked Sendable {
  @safe @exclusivity(unchecked) @usableFromInline var keys: [Key]
  @safe @exclusivity(unchecked) @usableFromInline var values: [Value]
  @safe @exclusivity(unchecked) @usableFromInline var children: [TreeNode]

  @inlinable
  init(keys: [Key] = [], values: [Value] = [], children: [TreeNode] = []) {
    self.keys = keys
    self.values = values
    self.children = children
  }

  /// Most entries of a leaf, most children of an inner node.
  ///
  /// Measured with 16, 32 and 64 at a million keys: larger is denser and quicker without snapshots, but the first
  /// change of a node after a snapshot copies the whole node, and copies of wide values dominate then. Wide keys are
  /// digests, which come in no order: almost every change is the first of its node.
  @inlinable static var capacity: Int {
    if MemoryLayout<Key>.stride >= 32 { return 16 }
    return MemoryLayout<Value>.stride <= 16 ? 64 : 32
  }

  /// Fewest entries or children of a node that is not the root; two at least, so that every level branches.
  @inlinable static var minimum: Int { Swift.max(2, capacity / 10) }

  @inlinable var isLeaf: Bool { children.isEmpty }

  /// Entries of a leaf, children of an inner node.
  @inlinable var size: Int { isLeaf ? keys.count : children.count }

  @inlinable var isFull: Bool { size >= Self.capacity }

  @inlinable func copy() -> TreeNode { TreeNode(keys: keys, values: values, children: children) }

  // MARK: Finding

  /// Index of the first key that is not less than `key`.
  @inlinable
  func lowerBound(_ key: Key) -> Int {
    var low = 0
    var length = keys.count
    while length > 0 {
      let half = length / 2
      if keys[low + half] < key {
        low += half + 1
        length -= half + 1
      } else {
        length = half
      }
    }
    return low
  }

  /// Index of the child whose range includes `key`: the number of separators that are not greater than it.
  @inlinable
  func childIndex(for key: Key) -> Int {
    var low = 0
    var length = keys.count
    while length > 0 {
      let half = length / 2
      if key < keys[low + half] {
        length = half
      } else {
        low += half + 1
        length -= half + 1
      }
    }
    return low
  }

  /// Index of `key` in a leaf.
  @inlinable
  func slot(of key: Key) -> Int? {
    let index = lowerBound(key)
    return index < keys.count && keys[index] == key ? index : nil
  }

  // MARK: Ownership

  /// Replaces a child that others can reach by a copy of its own.
  @inlinable
  func makeChildUnique(at index: Int) {
    if !isKnownUniquelyReferenced(&children[index]) { children[index] = children[index].copy() }
  }
}
