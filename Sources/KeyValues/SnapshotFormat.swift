import Vocabulary

/// What `Namespace.packSnapshot` writes and `NamespaceRestorer` reads.
///
///     head      version, name, quota, retention, oldest revision and its time
///     entries   of the oldest state, in key order; a key without what it shares with the one before it
///     commit    revision, time, superseded bytes, whether more chunks of it follow, differences to the state before
///     end       head's revision, totals
enum SnapshotFormat {
  static let version: UInt8 = 1
  /// A chunk is closed once it is as large as this; the last thing in it may add a value.
  static let chunkBytes = 256 << 10
  /// Differences of one commit that are listed at once.
  static let differencesAtOnce = 1_024

  enum Chunk: UInt8 {
    case head = 1
    case entries = 2
    case commit = 3
    case end = 4
  }

  enum Difference: UInt8 {
    case delete = 0
    case set = 1
    case append = 2
  }
}

/// Writes keys in ascending order, each without what it shares with the one before it.
struct KeyPacker {
  /// The present key.
  private(set) var last: [UInt8] = []

  mutating func pack(_ key: [UInt8], into writer: inout PackedWriter) {
    var shared = 0
    let limit = min(last.count, key.count)
    while shared < limit, last[shared] == key[shared] { shared += 1 }
    writer.write(UInt64(shared))
    writer.write(Array(key[shared...]))
    last = key
  }

  /// Reads the next key, which is `last` then.
  mutating func unpack(_ reader: inout PackedReader) throws(PackedError) {
    let start = reader.offset
    guard let shared = Int(exactly: try reader.readUInt64()), shared <= last.count else {
      throw .invalid("key", offset: start)
    }
    let rest = try reader.readBytes()
    // Ascending means that the key goes on after what is shared with something greater than before.
    guard let first = rest.first, shared == last.count || first > last[shared] else {
      throw .invalid("order of keys", offset: start)
    }
    last.removeLast(last.count - shared)
    last += rest
    guard Key.isValid(stored: last) else { throw .invalid("key", offset: start) }
  }
}
