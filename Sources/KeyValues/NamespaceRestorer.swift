public import Vocabulary

/// Reads back what `Namespace.packSnapshot` wrote, chunk by chunk.
public struct NamespaceRestorer: Sendable {
  private struct Head {
    var name: NamespaceName
    var quota: NamespaceQuota
    var retention: HistoryRetention
    var revision: UInt64
    var at: Timestamp
  }

  private enum Stage {
    case empty
    /// Entries of the oldest state come in; their nodes are ours alone, so they are changed in place.
    case entries(Head)
    /// Commits come in; the edit is of one that is not complete.
    case commits(Namespace, TreeEdit?)
    case complete(Namespace)
  }

  private var stage = Stage.empty
  /// Outside of `stage`, so that it is changed where it lies.
  private var base = TreeEdit(Node(label: .empty))

  public init() {}

  /// Takes the next chunk, in the order in which they were written.
  public mutating func add(_ chunk: [UInt8]) throws(PackedError) {
    var reader = PackedReader(chunk)
    guard let kind = SnapshotFormat.Chunk(rawValue: try reader.readByte()) else {
      throw .invalid("kind of chunk", offset: 0)
    }
    switch (kind, stage) {
    case (.head, .empty): stage = .entries(try Self.head(&reader))
    case (.entries, .entries): try addEntries(&reader)
    case (.commit, .entries(let head)):
      stage = .commits(opened(head), nil)
      try addCommit(&reader)
    case (.commit, .commits): try addCommit(&reader)
    case (.end, .entries(let head)): try end(opened(head), &reader)
    case (.end, .commits(let namespace, nil)): try end(namespace, &reader)
    default: throw .invalid("order of chunks", offset: 0)
    }
    guard reader.isAtEnd else { throw .invalid("bytes after a chunk", offset: reader.offset) }
  }

  /// - Throws: when chunks are missing.
  public consuming func finish() throws(PackedError) -> Namespace {
    guard case .complete(let namespace) = stage else { throw .truncated(offset: 0) }
    return namespace
  }

  private static func head(_ reader: inout PackedReader) throws(PackedError) -> Head {
    guard try reader.readByte() == SnapshotFormat.version else { throw .invalid("snapshot version", offset: 1) }
    return Head(
      name: try NamespaceName(unpacking: &reader), quota: try NamespaceQuota(unpacking: &reader),
      retention: try HistoryRetention(unpacking: &reader), revision: try reader.readUInt64(),
      at: try reader.readTimestamp())
  }

  private mutating func addEntries(_ reader: inout PackedReader) throws(PackedError) {
    var packer = KeyPacker()
    while !reader.isAtEnd {
      try packer.unpack(&reader)
      base.set(try Entry(unpacking: &reader), at: packer.last)
    }
  }

  private mutating func opened(_ head: Head) -> Namespace {
    defer { base = TreeEdit(Node(label: .empty)) }
    return Namespace(
      name: head.name, quota: head.quota, retention: head.retention, root: Root(base.node), revision: head.revision,
      at: head.at)
  }

  private mutating func addCommit(_ reader: inout PackedReader) throws(PackedError) {
    guard case .commits(var namespace, let open) = stage else { preconditionFailure("commits come in") }
    let start = reader.offset
    let revision = try reader.readUInt64()
    guard revision > namespace.revision else { throw .invalid("order of commits", offset: start) }
    let at = try reader.readTimestamp()
    let superseded = try reader.readInt()
    let isLast = try reader.readBool()
    var body = PackedReader(try reader.readBytes())
    var edit = open ?? TreeEdit(namespace.root.node)
    var packer = KeyPacker()
    while !body.isAtEnd { try Self.apply(&body, with: &packer, to: &edit) }
    if isLast { namespace.append(edit, revision: revision, at: at, superseded: superseded) }
    stage = .commits(namespace, isLast ? nil : edit)
  }

  private static func apply(
    _ reader: inout PackedReader, with packer: inout KeyPacker, to edit: inout TreeEdit
  ) throws(PackedError) {
    let start = reader.offset
    try packer.unpack(&reader)
    let key = packer.last
    let old = edit.node.entry(at: key)
    switch SnapshotFormat.Difference(rawValue: try reader.readByte()) {
    case .set: edit.set(try Entry(unpacking: &reader), at: key)
    case .delete:
      guard old != nil else { throw .invalid("delete of nothing", offset: start) }
      edit.removeEntry(at: key)
    case .append:
      guard let old, let value = old.value else { throw .invalid("append to nothing", offset: start) }
      let revision = try reader.readUInt64()
      let from = try reader.readOptional { (reader) throws(PackedError) in try reader.readInt() }
      let content = EntryContent.bytes(value.appending(try reader.readBytes()))
      edit.set(
        Entry(revision: revision, mediaType: old.mediaType, content: content, appendedFrom: from), at: key)
    case nil: throw .invalid("kind of difference", offset: start)
    }
  }

  private mutating func end(_ namespace: Namespace, _ reader: inout PackedReader) throws(PackedError) {
    let start = reader.offset
    let revision = try reader.readUInt64()
    let entries = try reader.readInt()
    let bytes = try reader.readInt()
    let totals = namespace.root.totals
    guard revision == namespace.revision, entries == totals.entries, bytes == totals.bytes else {
      throw .invalid("snapshot incomplete", offset: start)
    }
    stage = .complete(namespace)
  }
}
