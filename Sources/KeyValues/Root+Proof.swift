public import Vocabulary

extension Root {
  /// The digest of the tree; computed as far as it was not sealed.
  public func digest(using digest: DigestFunction) -> Digest {
    sealedDigest ?? node.computedDigest(using: digest)
  }

  /// Steps from the entry at `key` to the root; `nil` when there is none.
  public func proof(of key: Key, using digest: DigestFunction) -> Proof? {
    var steps: [Proof.Step] = []
    var node = node
    var depth = 0
    while depth < key.bytes.count {
      guard let branch = node.branch, let index = branch.index(of: key.bytes[depth]) else { return nil }
      steps.append(Self.step(node, without: index, using: digest))
      node = branch.child(index)
      guard node.label.commonPrefix(with: key.bytes, from: depth) == node.label.count else { return nil }
      depth += node.label.count
    }
    guard node.entry != nil else { return nil }
    var last = Self.step(node, without: nil, using: digest)
    last = Proof.Step(label: last.label, entry: nil, children: last.children)
    return Proof(steps: [last] + steps.reversed())
  }

  private static func step(_ node: Node, without index: Int?, using digest: DigestFunction) -> Proof.Step {
    var children: [Proof.Child] = []
    if let branch = node.branch {
      for place in 0..<branch.count where place != index {
        let slot = branch[place]
        children.append(Proof.Child(byte: slot.byte, digest: slot.computedDigest(using: digest)))
      }
    }
    return Proof.Step(
      label: node.label.bytes, entry: index == nil ? nil : node.entry?.digest(using: digest), children: children)
  }
}
