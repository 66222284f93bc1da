public import Vocabulary

/// One fact of a commit, as the log keeps it: links are resolved, comparisons decided.
public enum Change: Equatable, Sendable {
  /// Replaces what stands at the key, the directory below it, and a value where a directory of the key must be.
  case put(Key, EntryContent, MediaType)
  /// Bytes after those that the key holds; a key that holds none is put.
  case append(Key, [UInt8])
  /// The entry at the key goes, what is below stays.
  case delete(Key)
  /// Everything below the key goes, and an explicit empty directory at it.
  case deleteDirectory(Key)

  public var key: Key {
    switch self {
    case .put(let key, _, _), .append(let key, _), .delete(let key), .deleteDirectory(let key): key
    }
  }

  public func pack(into writer: inout PackedWriter) {
    switch self {
    case .put(let key, let content, let mediaType):
      writer.write(UInt8(0))
      key.pack(into: &writer)
      mediaType.pack(into: &writer)
      content.pack(into: &writer)
    case .append(let key, let bytes):
      writer.write(UInt8(1))
      key.pack(into: &writer)
      writer.write(bytes)
    case .delete(let key):
      writer.write(UInt8(2))
      key.pack(into: &writer)
    case .deleteDirectory(let key):
      writer.write(UInt8(3))
      key.pack(into: &writer)
    }
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    let start = reader.offset
    let kind = try reader.readByte()
    let key = try Key(unpacking: &reader)
    guard kind == 3 || !key.isRoot else { throw .invalid("change of the root", offset: start) }
    switch kind {
    case 0:
      let mediaType = try MediaType(unpacking: &reader)
      self = .put(key, try EntryContent(unpacking: &reader), mediaType)
    case 1: self = .append(key, try reader.readBytes())
    case 2: self = .delete(key)
    case 3: self = .deleteDirectory(key)
    default: throw .invalid("kind of change", offset: start)
    }
  }
}
