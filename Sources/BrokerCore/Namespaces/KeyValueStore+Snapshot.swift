import Jobs
import KeyValues
import Persistent
import Vocabulary

/// What a chunk of a snapshot holds.
enum SnapshotChunk: UInt8 {
  case jobs = 1
  /// Whose a namespace is; its keys follow.
  case namespace = 2
  /// Part of the namespace before.
  case keys = 3
  case fences = 4
  /// Part of the resource graph.
  case graph = 5
}

extension KeyValueStore {
  func packSnapshot<E: Error>(_ emit: ([UInt8]) throws(E) -> Void) throws(E) {
    var writer = PackedWriter()
    for entry in namespaces {
      writer.removeAll()
      writer.write(SnapshotChunk.namespace.rawValue)
      entry.key.pack(into: &writer)
      entry.value.packHead(into: &writer)
      try emit(writer.bytes)
      try entry.value.namespace.packSnapshot { (chunk) throws(E) in try emit([SnapshotChunk.keys.rawValue] + chunk) }
    }
    guard !rounds.isEmpty || !memories.isEmpty else { return }
    writer.removeAll()
    writer.write(SnapshotChunk.fences.rawValue)
    writer.writeList(Array(rounds)) { writer, entry in
      entry.key.pack(into: &writer)
      entry.value.pack(into: &writer)
    }
    writer.writeList(Array(memories)) { writer, entry in
      entry.key.pack(into: &writer)
      writer.writeList(entry.value) { $1.pack(into: &$0) }
    }
    try emit(writer.bytes)
  }

  fileprivate mutating func unpackFences(_ reader: inout PackedReader) throws(PackedError) {
    for _ in 0..<(try reader.readUInt64()) {
      let id = try FenceID(unpacking: &reader)
      insert(try FenceRound(unpacking: &reader), id)
    }
    for _ in 0..<(try reader.readUInt64()) {
      let id = try FenceID(unpacking: &reader)
      let memories = try reader.readList { (reader) throws(PackedError) in try FenceMemory(unpacking: &reader) }
      for memory in memories { remember(memory, id) }
    }
    guard reader.isAtEnd else { throw .invalid("bytes after the last fence", offset: reader.offset) }
  }
}

extension HeldNamespace {
  fileprivate func packHead(into writer: inout PackedWriter) {
    owner.pack(into: &writer)
    writer.write(description)
    writer.write(createdAt)
    writer.write(createdSeq ?? 0)
    writer.write(changedAt)
    writer.writeOptional(expiresAt) { $0.write($1) }
    writer.writeOptional(namespace.root.sealedDigest) { $0.write($1) }
  }
}

/// Puts the namespaces of a snapshot together from their chunks.
struct NamespaceReading {
  private struct Head {
    let id: NamespaceID
    let owner: Principal
    let description: String
    let createdAt: Timestamp
    let createdSeq: UInt64
    let changedAt: Timestamp
    let expiresAt: Timestamp?
    /// What callers were told that it holds.
    let root: Digest?

    init(unpacking reader: inout PackedReader) throws(PackedError) {
      id = try NamespaceID(unpacking: &reader)
      owner = try Principal(unpacking: &reader)
      description = try reader.readString()
      createdAt = try reader.readTimestamp()
      createdSeq = try reader.readUInt64()
      changedAt = try reader.readTimestamp()
      expiresAt = try reader.readOptional { (reader) throws(PackedError) in try reader.readTimestamp() }
      root = try reader.readOptional { (reader) throws(PackedError) in try reader.readDigest() }
    }
  }

  private var head: Head?
  private var restorer = NamespaceRestorer()

  mutating func take(
    _ kind: SnapshotChunk, _ reader: inout PackedReader, _ chunk: [UInt8], into store: inout KeyValueStore
  ) throws(PackedError) {
    switch kind {
    case .jobs, .graph: preconditionFailure("jobs and graphs are read elsewhere")
    case .namespace:
      try finish(into: &store)
      head = try Head(unpacking: &reader)
    case .keys:
      guard head != nil else { throw .invalid("keys of no namespace", offset: 0) }
      try restorer.add(Array(chunk.dropFirst()))
    case .fences:
      try finish(into: &store)
      try store.unpackFences(&reader)
    }
  }

  /// Takes in the namespace whose last chunk has come.
  mutating func finish(into store: inout KeyValueStore) throws(PackedError) {
    guard let head else { return }
    let namespace = try restorer.finish()
    var held = HeldNamespace(
      owner: head.owner, description: head.description, createdAt: head.createdAt, createdSeq: head.createdSeq,
      namespace: namespace)
    held.changedAt = head.changedAt
    held.expiresAt = head.expiresAt
    store.insert(held, head.id)
    store.restoredRoots[head.id] = head.root
    restorer = NamespaceRestorer()
    self.head = nil
  }
}
