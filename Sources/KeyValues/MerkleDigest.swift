public import Vocabulary

/// The messages behind the digests of the tree; `Proof` has their format.
///
/// Tags keep the kinds of messages apart, so that no node can pass for a value.
enum MerkleDigest {
  private static let blockTag = Array("sluice kvs block\0".utf8)
  private static let entryTag = Array("sluice kvs entry\0".utf8)
  private static let nodeTag = Array("sluice kvs node\0".utf8)

  static func block(_ bytes: [UInt8], using digest: DigestFunction) -> Digest { digest(blockTag + bytes) }

  static func entry(_ entry: Entry, using digest: DigestFunction) -> Digest {
    var message: [UInt8] = []
    message.reserveCapacity(128 + min(entry.content.byteCount, KeyValueLimits.blockBytes))
    message += entryTag
    message.append(bigEndian: entry.revision)
    let mediaType = entry.mediaType.text.utf8
    message.append(bigEndian: UInt16(clamping: mediaType.count))
    message += mediaType
    switch entry.content {
    case .bytes(let bytes):
      message.append(0)
      message.append(bigEndian: UInt64(bytes.count))
      bytes.append(to: &message, using: digest)
    case .blob(let blob, let size):
      message.append(1)
      message.append(bigEndian: UInt64(size))
      message.append(blob)
    case .symlink(let target, let namespace):
      message.append(2)
      message.append(bigEndian: UInt16(target.bytes.count))
      message += target.bytes
      let name = (namespace?.text ?? "").utf8
      message.append(bigEndian: UInt16(name.count))
      message += name
    case .directory: message.append(3)
    }
    return digest(message)
  }

  /// The start of a node's message; its children follow.
  ///
  /// - Parameter count: of children.
  static func nodeMessage(label: Label, entry: Digest?, count: Int) -> [UInt8] {
    var message: [UInt8] = []
    message.reserveCapacity(nodeTag.count + label.count + 37 + 33 * count)
    message += nodeTag
    message.append(bigEndian: UInt16(label.count))
    label.append(to: &message)
    message.append(entry == nil ? 0 : 1)
    if let entry { message.append(entry) }
    message.append(bigEndian: UInt16(count))
    return message
  }
}

extension Value {
  /// Appends what stands for the bytes in the message of their entry.
  ///
  /// Digests of blocks that were sealed are not computed again. Small values go in whole: one message less each.
  fileprivate func append(to message: inout [UInt8], using digest: DigestFunction) {
    switch storage {
    case .small(let bytes): message += bytes
    case .large(let blocks):
      for block in blocks { message.append(block.digest ?? MerkleDigest.block(block.bytes, using: digest)) }
    }
  }

  /// Fills the digests of new blocks; see `Node` for who may.
  func seal(using digest: DigestFunction) {
    guard case .large(let blocks) = storage else { return }
    for block in blocks where block.digest == nil {
      block.digest = MerkleDigest.block(block.bytes, using: digest)
    }
  }
}

extension Entry {
  /// The digest that stands for this entry in its node; see `Proof` for the format.
  public func digest(using digest: DigestFunction) -> Digest { MerkleDigest.entry(self, using: digest) }
}

extension Node {
  /// The digest of the contents, from those of the children; writes nothing.
  func computedDigest(using digest: DigestFunction) -> Digest {
    message(using: digest) { $0.computedDigest(using: digest) }
  }

  /// Computes the digests that are missing below, each once, and keeps them; returns that of this node.
  func seal(using digest: DigestFunction) -> Digest {
    entry?.value?.seal(using: digest)
    if let branch {
      for index in 0..<branch.count where !(unsafe branch.slots[index].isSealed) {
        unsafe branch.slots[index].digest = branch.child(index).seal(using: digest)
        unsafe branch.slots[index].isSealed = true
      }
    }
    return message(using: digest) { $0.digest }
  }

  /// The digest of this node's message.
  func message(using digest: DigestFunction, _ childDigest: (borrowing Slot) -> Digest) -> Digest {
    let count = branch?.count ?? 0
    var message = MerkleDigest.nodeMessage(label: label, entry: entry?.digest(using: digest), count: count)
    if let branch {
      for index in 0..<count {
        message.append(unsafe branch.slots[index].byte)
        message.append(unsafe childDigest(branch.slots[index]))
      }
    }
    return digest(message)
  }
}
