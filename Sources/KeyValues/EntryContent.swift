public import Vocabulary

/// What an entry holds.
public enum EntryContent: Equatable, Sendable {
  case bytes(Value)
  /// A reference to bytes stored elsewhere by their SHA-256.
  ///
  /// - size: bytes of the blob; they count towards the quota.
  indirect case blob(Digest, size: Int)
  /// - target: from the root of `namespace`, or of the entry's own namespace.
  indirect case symlink(target: Key, namespace: NamespaceName?)
  /// An explicit directory that is empty; gives way to what is put below it.
  case directory

  /// What the content adds to a quota, in bytes.
  public var byteCount: Int {
    switch self {
    case .bytes(let value): value.count
    case .blob(_, let size): size
    case .symlink(let target, let namespace): target.bytes.count + (namespace?.text.utf8.count ?? 0)
    case .directory: 0
    }
  }

  var isBlob: Bool { if case .blob = self { true } else { false } }

  /// The same content, sharing no block whose digest is open; see `Node`.
  func detached() -> EntryContent { if case .bytes(let value) = self { .bytes(value.detached()) } else { self } }

  public func pack(into writer: inout PackedWriter) {
    switch self {
    case .bytes(let value):
      writer.write(UInt8(0))
      writer.write(value.bytes)
    case .blob(let digest, let size):
      writer.write(UInt8(1))
      writer.write(digest)
      writer.write(size)
    case .symlink(let target, let namespace):
      writer.write(UInt8(2))
      target.pack(into: &writer)
      writer.writeOptional(namespace) { $1.pack(into: &$0) }
    case .directory: writer.write(UInt8(3))
    }
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    let start = reader.offset
    switch try reader.readByte() {
    case 0:
      let bytes = try reader.readBytes()
      guard bytes.count <= KeyValueLimits.valueBytes else { throw .invalid("value too large", offset: start) }
      self = .bytes(Value(bytes))
    case 1:
      let digest = try reader.readDigest()
      let size = try reader.readInt()
      guard size >= 0 else { throw .invalid("size of a blob", offset: start) }
      self = .blob(digest, size: size)
    case 2:
      let target = try Key(unpacking: &reader)
      self = .symlink(
        target: target,
        namespace: try reader.readOptional { (reader) throws(PackedError) in
          try NamespaceName(unpacking: &reader)
        })
    case 3: self = .directory
    default: throw .invalid("kind of entry", offset: start)
    }
  }
}
