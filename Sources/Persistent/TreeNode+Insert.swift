extension TreeNode {
  /// Splits a full child in two.
  ///
  /// - Parameters:
  ///   - index: of a child that is full and only ours; this node is not full.
  ///   - appending: whether keys arrive at the right edge, where a nearly full left half is never filled up later
  ///     and an even split would waste half of the memory.
  @inlinable
  func splitChild(at index: Int, appending: Bool) {
    let left = children[index]
    let cut = appending ? Self.capacity - Self.minimum : Self.capacity / 2
    let right = TreeNode()
    let separator: Key
    if left.isLeaf {
      right.keys.reserveCapacity(Self.capacity)
      right.values.reserveCapacity(Self.capacity)
      right.keys.append(contentsOf: left.keys[cut...])
      right.values.append(contentsOf: left.values[cut...])
      separator = right.keys[0]
      left.keys.removeSubrange(cut...)
      left.values.removeSubrange(cut...)
    } else {
      right.keys.reserveCapacity(Self.capacity)
      right.children.reserveCapacity(Self.capacity)
      separator = left.keys[cut - 1]
      right.keys.append(contentsOf: left.keys[cut...])
      right.children.append(contentsOf: left.children[cut...])
      left.keys.removeSubrange((cut - 1)...)
      left.children.removeSubrange(cut...)
    }
    keys.insert(separator, at: index)
    children.insert(right, at: index + 1)
  }

  /// Puts an entry below this inner node, which is not full and only ours; full nodes on the way are split first,
  /// so that nothing has to be repaired on the way back.
  ///
  /// - Returns: the value that was there.
  @inlinable
  func update(_ value: Value, forKey key: Key) -> Value? {
    var node = self
    var appending = true
    while true {
      var index = node.childIndex(for: key)
      appending = appending && index == node.children.count - 1
      node.makeChildUnique(at: index)
      let child = node.children[index]
      if child.isLeaf {
        if let slot = child.slot(of: key) { return child.replace(at: slot, with: value) }
        let atEnd = appending && child.keys[child.keys.count - 1] < key
        if child.isFull {
          node.splitChild(at: index, appending: atEnd)
          if !(key < node.keys[index]) { index += 1 }
        }
        node.children[index].insert(key, value)
        return nil
      }
      if child.isFull {
        node.splitChild(at: index, appending: appending)
        if !(key < node.keys[index]) { index += 1 }
      }
      node = node.children[index]
    }
  }

  @inlinable
  func replace(at slot: Int, with value: Value) -> Value {
    var old = value
    swap(&values[slot], &old)
    return old
  }

  /// Puts an entry into this leaf, which has room and lacks the key.
  @inlinable
  func insert(_ key: Key, _ value: Value) {
    let slot = lowerBound(key)
    keys.insert(key, at: slot)
    values.insert(value, at: slot)
  }
}
