/// The recursions of `TreeEdit`; each takes a node and the bytes of keys up to the end of its label.
struct NodeEditor {
  /// Estimated bytes of nodes that were copied, and so live on only in other trees.
  var superseded = 0

  /// Replaces a node that others can reach by a copy that is this tree's own.
  private mutating func own(_ node: inout Node) {
    if !isKnownUniquelyReferenced(&node) {
      superseded += node.memory
      node = node.copy()
    }
  }

  /// Takes a child that is about to change: its digest is open.
  private func opened(_ branch: Branch, _ index: Int) -> UnsafeMutablePointer<Slot> {
    unsafe branch.slots[index].isSealed = false
    return unsafe branch.slots + index
  }

  /// - Parameter depth: bytes of the key up to the end of the node's label.
  mutating func set(_ entry: Entry, at key: [UInt8], in node: inout Node, depth: Int) -> Entry? {
    own(&node)
    guard depth < key.count else {
      let old = node.entry
      node.entry = entry
      node.branch?.recount(entry, instead: old, keyBytes: depth)
      return old
    }
    guard var branch = node.branch else {
      var totals = node.totals(end: depth)
      totals += Totals(entry, keyBytes: key.count)
      node.branch = Branch.make(Slot(Node(label: Label(key[depth...]), entry: entry)), totals: totals)
      return nil
    }
    let index = branch.lowerBound(key[depth])
    var old: Entry?
    if index < branch.count, branch[index].byte == key[depth] {
      let slot = unsafe opened(branch, index)
      let common = unsafe slot.pointee.node.label.commonPrefix(with: key, from: depth)
      if unsafe common == slot.pointee.node.label.count {
        old = unsafe set(entry, at: key, in: &slot.pointee.node, depth: depth + common)
      } else {
        unsafe split(&slot.pointee.node, at: common, depth: depth, for: key, entry)
      }
    } else {
      branch = branch.inserting(Slot(Node(label: Label(key[depth...]), entry: entry)), at: index)
      node.branch = branch
    }
    branch.recount(entry, instead: old, keyBytes: key.count)
    return old
  }

  /// Puts a node between a child and its parent, where the child's label and the key part.
  ///
  /// - Parameters:
  ///   - common: bytes of the label that agree with the key, fewer than it has.
  ///   - depth: bytes of the key before the label.
  private mutating func split(
    _ child: inout Node, at common: Int, depth: Int, for key: [UInt8], _ entry: Entry
  ) {
    let label = child.label
    var totals = child.totals(end: depth + label.count)
    totals += Totals(entry, keyBytes: key.count)
    own(&child)
    child.label = label.dropFirst(common)
    let inner = Node(label: label.prefix(common))
    let middle = depth + common
    if middle == key.count {
      inner.entry = entry
      inner.branch = Branch.make(Slot(child), totals: totals)
    } else {
      let leaf = Slot(Node(label: Label(key[middle...]), entry: entry))
      let rest = Slot(child)
      inner.branch =
        leaf.byte < rest.byte
        ? Branch.make(leaf, rest, totals: totals) : Branch.make(rest, leaf, totals: totals)
    }
    child = inner
  }

  mutating func remove(_ key: [UInt8], from node: inout Node, depth: Int) -> Entry {
    own(&node)
    guard depth < key.count else {
      guard let old = node.entry else { preconditionFailure("there is an entry at the key") }
      node.entry = nil
      node.branch?.totals -= Totals(old, keyBytes: depth)
      return old
    }
    guard let branch = node.branch, let index = branch.index(of: key[depth]) else {
      preconditionFailure("there is an entry at the key")
    }
    let slot = unsafe opened(branch, index)
    let end = unsafe depth + slot.pointee.node.label.count
    let old = unsafe remove(key, from: &slot.pointee.node, depth: end)
    branch.totals -= Totals(old, keyBytes: key.count)
    node.tidyChild(at: index)
    return old
  }

  mutating func removeSubtree(_ prefix: [UInt8], from node: inout Node, depth: Int) -> Totals {
    own(&node)
    guard depth < prefix.count else {
      let all = node.totals(end: depth)
      node.entry = nil
      node.branch = nil
      return all
    }
    guard let branch = node.branch, let index = branch.index(of: prefix[depth]) else {
      preconditionFailure("there is a key that starts with the prefix")
    }
    let slot = unsafe opened(branch, index)
    let end = unsafe depth + slot.pointee.node.label.count
    let removed: Totals
    if end < prefix.count {
      removed = unsafe removeSubtree(prefix, from: &slot.pointee.node, depth: end)
      branch.totals -= removed
      node.tidyChild(at: index)
    } else {
      removed = unsafe slot.pointee.node.totals(end: end)
      branch.totals -= removed
      node.removeChild(at: index)
    }
    return removed
  }
}

extension Branch {
  fileprivate func recount(_ entry: Entry, instead old: Entry?, keyBytes: Int) {
    totals += Totals(entry, keyBytes: keyBytes)
    if let old { totals -= Totals(old, keyBytes: keyBytes) }
  }
}

extension Node {
  /// Takes out a child that became empty, and joins one that has nothing but an only child with it.
  fileprivate func tidyChild(at index: Int) {
    guard let branch, branch.child(index).entry == nil else { return }
    let child = branch.child(index)
    guard let below = child.branch else { return removeChild(at: index) }
    guard below.count == 1 else { return }
    let joined = below.child(0).copy()
    joined.label = child.label + joined.label
    unsafe branch.slots[index] = Slot(joined)
  }

  fileprivate func removeChild(at index: Int) {
    guard let branch else { return }
    self.branch = branch.count == 1 ? nil : branch.removing(at: index)
  }
}
