import Vocabulary

/// A child in its parent's list.
///
/// Byte and digest lie here and not in the child, so that neither a search nor sealing fetches siblings from memory:
/// in a tree of a million keys each of them would be a miss of all caches.
struct Slot {
  var node: Node
  /// Of the child; meaningful once `isSealed`.
  var digest = Digest(0, 0, 0, 0)
  /// Whether `digest` is that of the child's present contents.
  var isSealed = false
  /// First byte of the child's label.
  var byte: UInt8

  init(_ node: Node) {
    self.node = node
    byte = node.label[0]
  }

  /// The digest, computed as far as it was not sealed.
  func computedDigest(using digest: DigestFunction) -> Digest {
    isSealed ? self.digest : node.computedDigest(using: digest)
  }
}
