/// A persistent map in key order: copying it is O(1), changing a copy shares all but the touched path.
///
/// Changes happen in place while no other copy refers to the same nodes; the first change of a node after a snapshot
/// copies that node and the ones above it. Keys that only rise leave nodes nine tenths full.
@frozen
public struct SortedMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
  @usableFromInline typealias Node = TreeNode<Key, Value>

  @usableFromInline var root: TreeNode<Key, Value>
  @usableFromInline var storedCount: Int

  @inlinable
  public init() {
    root = TreeNode()
    storedCount = 0
  }

  @inlinable public var count: Int { storedCount }
  @inlinable public var isEmpty: Bool { count == 0 }

  /// The value of `key`; setting `nil` removes the entry.
  @inlinable
  public subscript(key: Key) -> Value? {
    get {
      var node = root
      while !node.isLeaf { node = node.children[node.childIndex(for: key)] }
      guard let slot = node.slot(of: key) else { return nil }
      return node.values[slot]
    }
    set {
      if let newValue { updateValue(newValue, forKey: key) } else { removeValue(forKey: key) }
    }
  }

  /// - Returns: the value that was replaced.
  @inlinable
  @discardableResult
  public mutating func updateValue(_ value: Value, forKey key: Key) -> Value? {
    makeRootUnique()
    if root.isLeaf {
      if let slot = root.slot(of: key) { return root.replace(at: slot, with: value) }
      guard root.isFull else {
        root.insert(key, value)
        storedCount += 1
        return nil
      }
    }
    if root.isFull { growRoot(for: key) }
    let old = root.update(value, forKey: key)
    if old == nil { storedCount += 1 }
    return old
  }

  /// - Returns: the value that was removed.
  @inlinable
  @discardableResult
  public mutating func removeValue(forKey key: Key) -> Value? {
    makeRootUnique()
    guard let old = root.remove(key) else { return nil }
    storedCount -= 1
    while root.children.count == 1 { root = root.children[0] }
    return old
  }

  /// Changes the value of `key` where it lies; what `body` did stays done when it throws.
  ///
  /// Ask first whether the key is there when it often is not: the path to where it would be is made unique even then.
  ///
  /// - Returns: what `body` returned, `nil` when there is no such key.
  @inlinable
  @discardableResult
  public mutating func modify<R, E: Error>(
    _ key: Key, _ body: (inout Value) throws(E) -> R
  ) throws(E) -> R? {
    makeRootUnique()
    var node = root
    while !node.isLeaf {
      let index = node.childIndex(for: key)
      node.makeChildUnique(at: index)
      node = node.children[index]
    }
    guard let slot = node.slot(of: key) else { return nil }
    return try body(&node.values[slot])
  }

  @inlinable
  mutating func makeRootUnique() {
    if !isKnownUniquelyReferenced(&root) { root = root.copy() }
  }

  /// Adds a level above a full root; called when an entry for `key` is to come.
  @inlinable
  mutating func growRoot(for key: Key) {
    let appending = root.keys[root.keys.count - 1] < key
    root = TreeNode(children: [root])
    root.splitChild(at: 0, appending: appending)
  }

  /// Stops the process unless the tree is well formed; for tests, O(n).
  public func checkInvariants() {
    let found = root.checkInvariants(isRoot: true)
    precondition(found.count == count, "count is the number of entries")
  }
}
