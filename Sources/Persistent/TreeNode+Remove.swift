extension TreeNode {
  /// Takes an entry out of this subtree, whose root is only ours.
  @inlinable
  func remove(_ key: Key) -> Value? {
    if isLeaf {
      guard let slot = slot(of: key) else { return nil }
      keys.remove(at: slot)
      return values.remove(at: slot)
    }
    let index = childIndex(for: key)
    makeChildUnique(at: index)
    guard let old = children[index].remove(key) else { return nil }
    if children[index].size < Self.capacity / 2 { rebalance(at: index) }
    return old
  }

  /// Merges a thin child with a neighbour when both fit with room to spare, or shares out evenly when the child
  /// would fall below the minimum.
  ///
  /// Merging at three quarters keeps a tree that alternates between growing and shrinking from merging and
  /// splitting the same pair for ever.
  @inlinable
  func rebalance(at index: Int) {
    guard children.count > 1 else { return }
    let first = index > 0 ? index - 1 : index
    let together = children[first].size + children[first + 1].size
    if together <= Self.capacity * 3 / 4 {
      mergeChildren(at: first)
    } else if children[index].size < Self.minimum {
      shareChildren(at: first)
    }
  }

  @inlinable
  func mergeChildren(at first: Int) {
    makeChildUnique(at: first)
    let left = children[first]
    let right = children.remove(at: first + 1)
    let separator = keys.remove(at: first)
    if left.isLeaf {
      left.values.append(contentsOf: right.values)
    } else {
      left.keys.append(separator)
      left.children.append(contentsOf: right.children)
    }
    left.keys.append(contentsOf: right.keys)
  }

  @inlinable
  func shareChildren(at first: Int) {
    makeChildUnique(at: first)
    makeChildUnique(at: first + 1)
    let left = children[first]
    let right = children[first + 1]
    let half = (left.size + right.size) / 2
    if left.isLeaf {
      let allKeys = left.keys + right.keys
      let allValues = left.values + right.values
      left.keys = Array(allKeys[..<half])
      left.values = Array(allValues[..<half])
      right.keys = Array(allKeys[half...])
      right.values = Array(allValues[half...])
      keys[first] = right.keys[0]
    } else {
      let allKeys = left.keys + [keys[first]] + right.keys
      let allChildren = left.children + right.children
      left.keys = Array(allKeys[..<(half - 1)])
      left.children = Array(allChildren[..<half])
      right.keys = Array(allKeys[half...])
      right.children = Array(allChildren[half...])
      keys[first] = allKeys[half - 1]
    }
  }
}
