import Cryptography
import Glibc
import Vocabulary

/// The file of a snapshot while it is written.
///
///     "SLUICESN" | { length | CRC-32C | bytes }… | 0 | epoch | seq | chain | SHA-256 of all before
///
/// Lengths and checksums are four bytes, little-endian. A chunk is as long as what it holds: one that does not fit into
/// a frame goes on in the next, which `continues` in the length says. The last one is followed by a length of 0.
struct SnapshotFile: ~Copyable {
  static let magic = Array("SLUICESN".utf8)
  /// Longest frame that a reader takes, in bytes.
  static let maximumFrame = 64 << 20
  /// In the length of a frame: the chunk goes on in the next one.
  static let continues: UInt32 = 1 << 31
  /// Length 0, position and chain, before the digest.
  static let trailerLength = 4 + 4 + 8 + 32

  private let file: OpenFile
  private var hash: SHA256
  private(set) var bytes: Int64

  private init(_ file: consuming OpenFile) {
    self.file = file
    hash = SHA256()
    bytes = 0
  }

  static func create(_ path: String) throws(FileFault) -> SnapshotFile {
    var snapshot = SnapshotFile(try OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC))
    try snapshot.put(magic)
    return snapshot
  }

  private mutating func put(_ data: [UInt8]) throws(FileFault) {
    hash.update(data)
    try file.write(data)
    bytes += Int64(data.count)
  }

  mutating func append(_ chunk: [UInt8]) throws(FileFault) {
    precondition(!chunk.isEmpty, "an empty chunk would end the file")
    var rest = chunk[...]
    while rest.count > Self.maximumFrame {
      try put(frame: Array(rest.prefix(Self.maximumFrame)), flags: Self.continues)
      rest = rest.dropFirst(Self.maximumFrame)
    }
    try put(frame: rest.startIndex == 0 ? chunk : Array(rest), flags: 0)
  }

  private mutating func put(frame: [UInt8], flags: UInt32) throws(FileFault) {
    try put(Self.word(UInt32(frame.count) | flags) + Self.word(CRC32C.checksum(frame)))
    try put(frame)
  }

  /// Ends the file and makes it durable.
  consuming func finish(_ position: Position, chain: Digest) throws(FileFault) -> (
    digest: Digest, bytes: Int64
  ) {
    var writer = PackedWriter(reservingCapacity: Self.trailerLength)
    writer.writeFixed(position.seq)
    writer.write(chain)
    try put(Self.word(0) + Self.word(position.epoch) + writer.bytes)
    let length = bytes + 32
    let file = self.file
    let digest = self.hash.finish()
    writer.removeAll()
    writer.write(digest)
    try file.write(writer.bytes)
    try file.sync()
    return (digest, length)
  }

  private static func word(_ value: UInt32) -> [UInt8] {
    [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}
