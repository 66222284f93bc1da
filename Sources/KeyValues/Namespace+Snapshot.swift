import Persistent
import Vocabulary

extension Namespace {
  /// Writes the namespace, history included, in chunks of bounded size.
  ///
  /// - Parameter emit: takes the next chunk; what it throws ends the writing.
  public func packSnapshot<E: Error>(_ emit: ([UInt8]) throws(E) -> Void) throws(E) {
    guard let oldest = history.first else { preconditionFailure("the head is retained") }
    try emit(packHead(oldest))
    try Self.packEntries(of: oldest.value.root, emit)
    var before = oldest
    while let next = history.first(after: before.key) {
      try Self.packCommit(next, after: before.value.root, emit)
      before = next
    }
    var writer = PackedWriter(reservingCapacity: 64)
    writer.write(SnapshotFormat.Chunk.end.rawValue)
    writer.write(revision)
    writer.write(root.totals.entries)
    writer.write(root.totals.bytes)
    try emit(writer.bytes)
  }

  private func packHead(_ oldest: (key: UInt64, value: HistoryItem)) -> [UInt8] {
    var writer = PackedWriter()
    writer.write(SnapshotFormat.Chunk.head.rawValue)
    writer.write(SnapshotFormat.version)
    name.pack(into: &writer)
    quota.pack(into: &writer)
    retention.pack(into: &writer)
    writer.write(oldest.key)
    writer.write(oldest.value.at)
    return writer.bytes
  }

  private static func packEntries<E: Error>(
    of root: Root, _ emit: ([UInt8]) throws(E) -> Void
  ) throws(E) {
    var next: [UInt8]? = []
    while let lower = next {
      next = nil
      var writer = PackedWriter(reservingCapacity: SnapshotFormat.chunkBytes + 4_096)
      var packer = KeyPacker()
      writer.write(SnapshotFormat.Chunk.entries.rawValue)
      var path: [UInt8] = []
      _ = root.node.visit(&path, from: lower) { key, entry in
        guard writer.count < SnapshotFormat.chunkBytes else {
          next = key
          return false
        }
        packer.pack(key, into: &writer)
        entry.pack(into: &writer)
        return true
      }
      try emit(writer.bytes)
    }
  }

  private static func packCommit<E: Error>(
    _ commit: (key: UInt64, value: HistoryItem), after before: Root, _ emit: ([UInt8]) throws(E) -> Void
  ) throws(E) {
    var after: Key?
    var isLast = false
    while !isLast {
      let page = before.changes(to: commit.value.root, after: after, limit: SnapshotFormat.differencesAtOnce)
      var body = PackedWriter(reservingCapacity: 4_096)
      var packer = KeyPacker()
      var packed = 0
      while packed < page.items.count, body.count < SnapshotFormat.chunkBytes {
        pack(page.items[packed], with: &packer, into: &body)
        packed += 1
      }
      after = page.items[..<packed].last?.key
      isLast = page.isLast && packed == page.items.count
      var writer = PackedWriter(reservingCapacity: body.count + 64)
      writer.write(SnapshotFormat.Chunk.commit.rawValue)
      writer.write(commit.key)
      writer.write(commit.value.at)
      writer.write(commit.value.superseded)
      writer.write(isLast)
      writer.write(body.bytes)
      try emit(writer.bytes)
    }
  }

  /// An append is written as what it added: a log of a megabyte with a thousand lines is no gigabyte.
  private static func pack(_ change: EntryChange, with packer: inout KeyPacker, into writer: inout PackedWriter) {
    packer.pack(change.key.bytes, into: &writer)
    switch (change.kind, change.new) {
    case (.append(let from), let entry?):
      writer.write(SnapshotFormat.Difference.append.rawValue)
      writer.write(entry.revision)
      writer.writeOptional(entry.appendedFrom) { $0.write($1) }
      writer.write(entry.value?.bytes(from: from) ?? [])
    case (_, let entry?):
      writer.write(SnapshotFormat.Difference.set.rawValue)
      entry.pack(into: &writer)
    case (_, nil): writer.write(SnapshotFormat.Difference.delete.rawValue)
    }
  }
}
