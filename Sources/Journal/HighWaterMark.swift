import Glibc
import Vocabulary

/// The last batch that was acknowledged, in a file of its own beside the database.
///
/// SQLite ends its write-ahead log at the first frame that does not verify: after damage there it would quietly
/// know less. This mark is written after a commit is durable, never synced: a power cut may lose the newest
/// marks, so it never claims too much, and a log that ends before it was damaged.
struct HighWaterMark: Equatable {
  let epoch: UInt32
  let seq: UInt64
  let chain: Digest

  private static let length = 48

  func write(to file: OpenFileBox) throws(FileFault) {
    var writer = PackedWriter(reservingCapacity: Self.length)
    writer.writeFixed(seq)
    writer.write(chain)
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      writer.write(UInt8(truncatingIfNeeded: epoch >> shift))
    }
    let crc = CRC32C.checksum(writer.bytes)
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      writer.write(UInt8(truncatingIfNeeded: crc >> shift))
    }
    try file.file.write(writer.bytes, at: 0)
  }

  /// - Returns: `nil` where there is none, or one that was torn or damaged: it is a witness, not a record.
  static func read(_ path: String) throws(FileFault) -> HighWaterMark? {
    guard Files.exists(path) else { return nil }
    let bytes = try OpenFile(path, O_RDONLY).read(length + 1)
    guard bytes.count == length else { return nil }
    func word(_ start: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
    }
    guard CRC32C.checksum(Array(bytes[..<44])) == word(44) else { return nil }
    var reader = PackedReader(bytes)
    guard let seq = try? reader.readFixed(), let chain = try? reader.readDigest() else { return nil }
    return HighWaterMark(epoch: word(40), seq: seq, chain: chain)
  }
}
