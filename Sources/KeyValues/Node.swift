/// A node of the Merkle radix tree behind a namespace.
///
/// The shape follows from the contents alone: a node has an entry or at least two children (the root may have
/// neither), and siblings differ in the first byte of their labels. So does the digest.
///
/// No key with an entry is a directory of another one: `TreeEdit` sees to it.
///
/// Sendable although its fields vary:
/// * Structure is changed only by a `TreeEdit` that has proved, with `isKnownUniquelyReferenced` on the way down from
///   a root of its own, that nobody else can reach the node.
/// * Digests are written only by `Namespace.seal`, in slots that are not sealed. A namespace is sealed before it is
///   handed to another thread, so every slot that others can reach from its head is sealed. States between two seals,
///   which history keeps, may stay unsealed: they are never written again, because readers compute without writing and
///   `Namespace.copy` clones what is unsealed before it becomes a head.
/// * Blocks of large values, whose digests are kept likewise, are made anew for every value that comes into a tree.
///
/// For the same reasons run-time checks of overlapping access are left out, as in `Persistent`.
final class Node: @unchecked Sendable {
  /// Memory of a node with an entry, and of a `Branch` without its slots; for estimates.
  static let overhead = 80
  static let branchOverhead = 64
  static let slotBytes = 48

  @safe @exclusivity(unchecked) var label: Label
  @safe @exclusivity(unchecked) var entry: Entry?
  @safe @exclusivity(unchecked) var branch: Branch?

  init(label: Label, entry: Entry? = nil, branch: Branch? = nil) {
    self.label = label
    self.entry = entry
    self.branch = branch
  }

  /// A node that shares the children.
  func copy() -> Node { Node(label: label, entry: entry, branch: branch?.copy()) }

  /// A node with the same contents, itself not sealed, that shares only what is.
  func detached() -> Node {
    let copy = copy()
    copy.entry = entry?.detached()
    if let branch = copy.branch {
      for index in 0..<branch.count where !branch[index].isSealed {
        unsafe branch.slots[index].node = branch.child(index).detached()
      }
    }
    return copy
  }

  /// - Parameter end: bytes of the key from the root to the end of this node's label.
  func totals(end: Int) -> Totals {
    if let branch { return branch.totals }
    guard let entry else { return Totals() }
    return Totals(entry, keyBytes: end)
  }

  /// Estimated memory of this node, without its children and value.
  ///
  /// Retention counts it, and every version must count alike: the numbers are part of what a log means.
  var memory: Int {
    guard let branch else { return Self.overhead }
    return Self.overhead + Self.branchOverhead + branch.count * Self.slotBytes
  }
}
