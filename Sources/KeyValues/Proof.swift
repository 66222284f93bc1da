public import Vocabulary

/// That an entry stands in the tree of a root digest.
///
/// **Format.** Let `H` be SHA-256, `‖` concatenation, `u16`, `u32` and `u64` big-endian numbers, and a key its segments
/// joined by a zero byte.
///
///     block(b)   = H("sluice kvs block" 0x00 ‖ b)
///     content    = 0x00 ‖ u64 length ‖ v                                        bytes v, at most 16,384
///                | 0x00 ‖ u64 length ‖ block(b) …                               more: in blocks of 16,384
///                | 0x01 ‖ u64 size ‖ digest of the blob                         blob
///                | 0x02 ‖ u16 length ‖ target key ‖ u16 length ‖ namespace      link; length 0: own namespace
///                | 0x03                                                         empty directory
///     entry      = H("sluice kvs entry" 0x00 ‖ u64 revision ‖ u16 length ‖ media type ‖ content)
///     node       = H("sluice kvs node" 0x00 ‖ u16 length ‖ label ‖ (0x00 | 0x01 ‖ entry)
///                    ‖ u16 count ‖ (first byte of the child's label ‖ node(child)) …)
///
/// The label of a node is the bytes between its parent and it; the root's is empty. Children are in the order of their
/// first bytes, which differ. The root digest is `node(root)`.
///
/// A proof lists the nodes on the way, from the one that holds the entry to the root. JSON: `{"steps": [{"label": hex,
/// "entry": hex or null, "children": [{"byte": number, "digest": hex}, …]}, …]}`; the first step's own entry and each
/// later step's child on the way are left out: they are what is computed. A key is proved when the labels from the root
/// on make it and the last digest computed is the root's.
public struct Proof: Equatable, Sendable {
  public struct Child: Equatable, Sendable {
    /// First byte of the child's label.
    public let byte: UInt8
    public let digest: Digest

    public init(byte: UInt8, digest: Digest) {
      self.byte = byte
      self.digest = digest
    }
  }

  public struct Step: Equatable, Sendable {
    public let label: [UInt8]
    /// The entry that stands at this node besides the one proved.
    public let entry: Digest?
    /// All children but the one on the way, ascending.
    public let children: [Child]

    public init(label: [UInt8], entry: Digest?, children: [Child]) {
      self.label = label
      self.entry = entry
      self.children = children
    }
  }

  /// From the entry's node to the root.
  public let steps: [Step]

  public init(steps: [Step]) { self.steps = steps }

  /// Whether `proof` shows that `entry` stands at `key` under `root`.
  ///
  /// Pure: a client that trusts only the root digest runs it on what it was sent. `Entry.digest` makes `entry` from
  /// the revision, media type and value that are to be believed.
  public static func verify(
    _ proof: Proof, key: Key, entry: Digest, root: Digest, using digest: DigestFunction
  ) -> Bool {
    // A node is at least one byte further than its parent.
    guard !key.isRoot, (2...KeyValueLimits.keyBytes + 1).contains(proof.steps.count) else { return false }
    var end = key.bytes.count
    var below: Child?
    for (place, step) in proof.steps.enumerated() {
      guard step.label.count <= end, step.label.elementsEqual(key.bytes[(end - step.label.count)..<end]) else {
        return false
      }
      end -= step.label.count
      // The first step's entry is the one that is asked about, not one that the proof brings along.
      guard below != nil || step.entry == nil else { return false }
      let own = below == nil ? entry : step.entry
      guard let node = step.digest(entry: own, with: below, using: digest) else { return false }
      guard let byte = step.label.first else {
        // Only the root has an empty label, and a key is at least one byte below it.
        return end == 0 && below != nil && place == proof.steps.count - 1 && node == root
      }
      below = Child(byte: byte, digest: node)
    }
    return false
  }
}

extension Proof.Step {
  /// The node's digest; `nil` when its children are not in order.
  ///
  /// - Parameter below: the child on the way.
  fileprivate func digest(entry: Digest?, with below: Proof.Child?, using digest: DigestFunction) -> Digest? {
    var all = children
    if let below { all.insert(below, at: all.firstIndex { $0.byte > below.byte } ?? all.count) }
    guard zip(all, all.dropFirst()).allSatisfy({ $0.byte < $1.byte }) else { return nil }
    var message = MerkleDigest.nodeMessage(label: Label(label), entry: entry, count: all.count)
    for child in all {
      message.append(child.byte)
      message.append(child.digest)
    }
    return digest(message)
  }
}
