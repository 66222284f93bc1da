import Vocabulary

extension Node {
  func visitBlobs(_ body: (Digest) -> Void) {
    if case .blob(let digest, _)? = entry?.content { body(digest) }
    guard let branch, branch.totals.blobs > 0 else { return }
    for index in 0..<branch.count { branch.child(index).visitBlobs(body) }
  }

  /// Stops the process unless shape, order and totals are right.
  ///
  /// - Parameters:
  ///   - path: the key up to the end of the label.
  ///   - blocking: whether an entry stands at a directory of everything below.
  func checkInvariants(path: [UInt8], blocking: Bool) -> Totals {
    precondition(!blocking || entry == nil, "nothing is below an entry")
    var totals = entry.map { Totals($0, keyBytes: path.count) } ?? Totals()
    if let branch {
      precondition(branch.count > 0, "a branch has children")
      precondition(path.isEmpty || entry != nil || branch.count >= 2, "a node is needed")
      var previous: UInt8?
      for index in 0..<branch.count {
        let child = branch.child(index)
        precondition(branch[index].byte == child.label[0], "a slot knows its child")
        precondition(child.label.count > 0, "only the root has no label")
        precondition(previous.map { $0 < child.label[0] } ?? true, "children are in order")
        previous = child.label[0]
        let bytes = child.label.bytes
        // The entry of this node is a directory of the child's keys when the label goes on with a separator.
        totals += child.checkInvariants(path: path + bytes, blocking: entry != nil && bytes[0] == Key.separator)
      }
      precondition(totals == branch.totals, "totals are those of the entries")
    } else {
      precondition(path.isEmpty || entry != nil, "a leaf has an entry")
    }
    precondition(totals == self.totals(end: path.count), "totals follow from the node")
    return totals
  }

  /// Stops the process unless digests of sealed slots are those of their contents.
  ///
  /// - Returns: the digest computed from the entries alone.
  func checkDigests(using digest: DigestFunction) -> Digest {
    message(using: digest) { slot in
      let computed = slot.node.checkDigests(using: digest)
      precondition(!slot.isSealed || slot.digest == computed, "a sealed digest is right")
      return computed
    }
  }
}
