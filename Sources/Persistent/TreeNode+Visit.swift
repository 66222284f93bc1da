extension TreeNode {
  /// Where an entry is: its leaf and the index in it.
  @usableFromInline typealias Place = (leaf: TreeNode, index: Int)

  @inlinable
  var firstPlace: Place? {
    var node = self
    while !node.isLeaf { node = node.children[0] }
    return node.keys.isEmpty ? nil : (node, 0)
  }

  @inlinable
  var lastPlace: Place? {
    var node = self
    while !node.isLeaf { node = node.children[node.children.count - 1] }
    return node.keys.isEmpty ? nil : (node, node.keys.count - 1)
  }

  /// The first entry from `key` on; `key` itself counts when `inclusive`.
  @inlinable
  func firstPlace(from key: Key, inclusive: Bool) -> Place? {
    var node = self
    var next: TreeNode?
    while !node.isLeaf {
      let index = node.childIndex(for: key)
      if index + 1 < node.children.count { next = node.children[index + 1] }
      node = node.children[index]
    }
    let index = inclusive ? node.lowerBound(key) : node.childIndex(for: key)
    return index < node.keys.count ? (node, index) : next?.firstPlace
  }

  /// The last entry up to `key`; `key` itself counts when `inclusive`.
  @inlinable
  func lastPlace(upTo key: Key, inclusive: Bool) -> Place? {
    var node = self
    var previous: TreeNode?
    while !node.isLeaf {
      let index = node.childIndex(for: key)
      if index > 0 { previous = node.children[index - 1] }
      node = node.children[index]
    }
    let index = (inclusive ? node.childIndex(for: key) : node.lowerBound(key)) - 1
    return index >= 0 ? (node, index) : previous?.lastPlace
  }

  /// Calls `body` in ascending order from the first key that is not less than `lower`.
  ///
  /// - Returns: `false` when `body` stopped the visit.
  @inlinable
  func visit(from lower: Key?, _ body: (Key, Value) -> Bool) -> Bool {
    if isLeaf {
      var index = if let lower { lowerBound(lower) } else { 0 }
      while index < keys.count {
        guard body(keys[index], values[index]) else { return false }
        index += 1
      }
      return true
    }
    var index = 0
    if let lower {
      index = childIndex(for: lower)
      guard children[index].visit(from: lower, body) else { return false }
      index += 1
    }
    while index < children.count {
      guard children[index].visit(from: nil, body) else { return false }
      index += 1
    }
    return true
  }

  /// Calls `body` in descending order from the last key that is less than `upper`.
  ///
  /// - Returns: `false` when `body` stopped the visit.
  @inlinable
  func visitReversed(below upper: Key?, _ body: (Key, Value) -> Bool) -> Bool {
    if isLeaf {
      var index = if let upper { lowerBound(upper) } else { keys.count }
      while index > 0 {
        index -= 1
        guard body(keys[index], values[index]) else { return false }
      }
      return true
    }
    var index = children.count
    if let upper {
      index = childIndex(for: upper)
      guard children[index].visitReversed(below: upper, body) else { return false }
    }
    while index > 0 {
      index -= 1
      guard children[index].visitReversed(below: nil, body) else { return false }
    }
    return true
  }

  /// Stops the process unless this subtree is a B+tree: ordered, within bounds, all leaves at one depth.
  ///
  /// - Returns: entries and depth of the subtree.
  @usableFromInline
  func checkInvariants(isRoot: Bool, atLeast lower: Key? = nil, below upper: Key? = nil) -> (
    count: Int, depth: Int
  ) {
    precondition(zip(keys, keys.dropFirst()).allSatisfy { $0.0 < $0.1 }, "keys ascend")
    if let lower, let key = keys.first { precondition(!(key < lower), "keys respect the separator below") }
    if let upper, let key = keys.last { precondition(key < upper, "keys respect the separator above") }
    precondition(size <= Self.capacity && (isRoot || size >= Self.minimum), "nodes stay within their bounds")
    if isLeaf {
      precondition(values.count == keys.count, "a leaf has a value for each key")
      return (keys.count, 0)
    }
    precondition(
      values.isEmpty && children.count == keys.count + 1 && !keys.isEmpty, "separators stand between children"
    )
    var count = 0
    var depths: [Int] = []
    for (index, child) in children.enumerated() {
      let (entries, depth) = child.checkInvariants(
        isRoot: false, atLeast: index > 0 ? keys[index - 1] : lower,
        below: index < keys.count ? keys[index] : upper)
      count += entries
      depths.append(depth)
    }
    precondition(depths.allSatisfy { $0 == depths[0] }, "all leaves are equally deep")
    return (count, depths[0] + 1)
  }
}
