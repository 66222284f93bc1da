import BrokerCore
import Cryptography
import Glibc
import Vocabulary

/// Reads a snapshot chunk by chunk; nothing is decoded before its checksum was compared.
struct SnapshotReader: ~Copyable {
  private let file: OpenFile
  private let entry: SnapshotEntry
  private var hash: SHA256
  private var rest: Int

  private init(_ entry: SnapshotEntry, _ file: consuming OpenFile, rest: Int) {
    self.entry = entry
    self.file = file
    self.rest = rest
    hash = SHA256()
  }

  static func open(_ entry: SnapshotEntry, in folder: String) throws -> SnapshotReader {
    let file = try OpenFile(folder + "/" + entry.file, O_RDONLY)
    let size = try file.size()
    guard Int64(size) == entry.bytes else {
      throw JournalError.damaged(
        position: entry.position, reason: "it is \(size) bytes long instead of \(entry.bytes)")
    }
    var reader = SnapshotReader(entry, file, rest: size)
    guard try reader.take(SnapshotFile.magic.count) == SnapshotFile.magic else {
      throw reader.damaged("it does not begin as a snapshot does")
    }
    return reader
  }

  /// The state of the file that `entry` names.
  ///
  /// - Parameter epoch: of the history that goes on from it.
  /// - Throws: `JournalError` for anything that is not exactly as written.
  static func read(_ entry: SnapshotEntry, in folder: String, epoch: UInt32) throws(JournalError)
    -> BrokerState
  {
    try JournalError.naming {
      var reader = try open(entry, in: folder)
      var failure: JournalError?
      var isHead = true
      do {
        var state = try BrokerState { () throws(PackedError) -> [UInt8]? in
          do {
            guard let chunk = try reader.next() else { return nil }
            defer { isHead = false }
            return isHead ? try Self.head(chunk, withEpoch: epoch) : chunk
          } catch let error as PackedError {
            throw error
          } catch {
            failure = JournalError(error)
            throw .truncated(offset: 0)
          }
        }
        try state.checkRestored { SHA256.digest(of: $0) }
        guard state.position.seq == entry.position.seq else {
          throw JournalError.damaged(position: entry.position, reason: "it stands at \(state.position.text)")
        }
        return state
      } catch let error as PackedError {
        throw failure ?? JournalError.damaged(position: entry.position, reason: error.text)
      }
    }
  }

  /// Only checks it.
  static func verify(_ entry: SnapshotEntry, in folder: String) throws(JournalError) {
    try JournalError.naming {
      var reader = try open(entry, in: folder)
      while try reader.next() != nil {}
    }
  }

  /// The first chunk begins with its version and the epoch: a history that parts from the one that wrote the
  /// snapshot has another.
  private static func head(_ chunk: [UInt8], withEpoch epoch: UInt32) throws(PackedError) -> [UInt8] {
    var reader = PackedReader(chunk)
    let version = try reader.readByte()
    _ = try reader.readUInt32()
    var writer = PackedWriter(reservingCapacity: chunk.count + 8)
    writer.write(version)
    writer.write(epoch)
    return writer.bytes + chunk[reader.offset...]
  }

  private mutating func take(_ count: Int) throws -> [UInt8] {
    guard count <= rest else { throw damaged("it ends too early") }
    let bytes = try file.read(count)
    guard bytes.count == count else { throw damaged("it ends too early") }
    rest -= count
    hash.update(bytes)
    return bytes
  }

  private func damaged(_ reason: String) -> JournalError {
    .damaged(position: entry.position, reason: reason)
  }

  private mutating func takeWord() throws -> UInt32 {
    let bytes = try take(4)
    return (0..<4).reduce(0) { $0 | UInt32(bytes[$1]) << UInt32(8 * $1) }
  }

  /// The next chunk; `nil` after the last one, when the whole file was found to be as written.
  mutating func next() throws -> [UInt8]? {
    var chunk: [UInt8] = []
    while true {
      let word = try takeWord()
      let goesOn = word & SnapshotFile.continues != 0
      let length = Int(word & ~SnapshotFile.continues)
      guard length > 0 else {
        guard chunk.isEmpty, !goesOn else { throw damaged("a chunk ends too early") }
        try checkTrailer()
        return nil
      }
      guard length <= SnapshotFile.maximumFrame else { throw damaged("a frame is \(length) bytes long") }
      let crc = try takeWord()
      let frame = try take(length)
      guard CRC32C.checksum(frame) == crc else { throw damaged("the checksum of a frame does not match") }
      if chunk.isEmpty { chunk = frame } else { chunk += frame }
      guard goesOn else { return chunk }
    }
  }

  private mutating func checkTrailer() throws {
    let epoch = try takeWord()
    var reader = PackedReader(try take(8 + 32))
    let position = Position(epoch: epoch, seq: try reader.readFixed())
    let chain = try reader.readDigest()
    var sum = SHA256()
    swap(&sum, &hash)
    let digest = sum.finish()
    var end = PackedReader(try take(32))
    guard rest == 0, digest == entry.digest, try end.readDigest() == digest, position == entry.position,
      chain == entry.chain
    else { throw damaged("its digest is not the one that was recorded") }
  }
}
