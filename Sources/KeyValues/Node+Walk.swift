/// A place on an edge of the tree: `offset` bytes of the node's label lie before it.
struct Cursor {
  let node: Node
  let offset: Int
}

/// What stands along a key in the tree.
enum Walk {
  /// An entry at a directory of the key, whose bytes are the first `length` ones.
  case blocked(length: Int, Entry)
  case entry(Entry)
  /// Keys below the key.
  case directory(Totals)
  case absent
}

extension Node {
  /// Walks along `key` from the root of a tree.
  func walk(_ key: [UInt8]) -> Walk {
    guard !key.isEmpty else { return branch.map { .directory($0.totals) } ?? .absent }
    var node = self
    var depth = 0
    while depth < key.count {
      guard let branch = node.branch, let index = branch.index(of: key[depth]) else { return .absent }
      let child = branch.child(index)
      let length = child.label.count
      let common = child.label.commonPrefix(with: key, from: depth)
      depth += common
      if common < length {
        guard depth == key.count, child.label[common] == Key.separator else { return .absent }
        return .directory(child.totals(end: depth + length - common))
      }
      if depth < key.count, key[depth] == Key.separator, let entry = child.entry {
        return .blocked(length: depth, entry)
      }
      node = child
    }
    if let entry = node.entry { return .entry(entry) }
    guard let branch = node.branch, let index = branch.index(of: Key.separator) else { return .absent }
    let child = branch.child(index)
    return .directory(child.totals(end: depth + child.label.count))
  }

  /// The entry exactly at `key`.
  func entry(at key: [UInt8]) -> Entry? {
    guard let cursor = cursor(at: key), cursor.offset == cursor.node.label.count else { return nil }
    return cursor.node.entry
  }

  /// The place that `prefix` leads to from this root; `nil` when no key starts with it.
  func cursor(at prefix: [UInt8]) -> Cursor? {
    var node = self
    var depth = 0
    while depth < prefix.count {
      guard let branch = node.branch, let index = branch.index(of: prefix[depth]) else { return nil }
      node = branch.child(index)
      let common = node.label.commonPrefix(with: prefix, from: depth)
      depth += common
      if common < node.label.count { return depth == prefix.count ? Cursor(node: node, offset: common) : nil }
    }
    return Cursor(node: node, offset: node.label.count)
  }

  /// Visits entries in key order, from `lower` (inclusive) until `body` returns `false`.
  ///
  /// - Parameter path: the key of this node.
  /// - Returns: `false` when `body` did.
  func visit(_ path: inout [UInt8], from lower: [UInt8]?, _ body: ([UInt8], Entry) -> Bool) -> Bool {
    var lower = lower
    var start = 0
    if let bound = lower {
      if path.count < bound.count, bound.starts(with: path) {
        start = branch?.lowerBound(bound[path.count]) ?? 0
      } else if path.lexicographicallyPrecedes(bound) {
        return true
      } else {
        lower = nil
      }
    }
    if lower == nil, let entry, !body(path, entry) { return false }
    guard let branch else { return true }
    for index in start..<branch.count {
      let child = branch.child(index)
      let length = path.count
      child.label.append(to: &path)
      defer { path.removeLast(path.count - length) }
      guard child.visit(&path, from: lower, body) else { return false }
      // Its siblings are all greater.
      lower = nil
    }
    return true
  }
}
