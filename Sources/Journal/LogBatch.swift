import BrokerCore
import Cryptography
import FoundationEssentials
import GRDB
import Vocabulary

/// One row of the log, as stored.
struct LogBatch: Sendable {
  let firstSeq: UInt64
  let lastSeq: UInt64
  let epoch: UInt32
  let at: Timestamp
  let count: Int
  let crc: UInt32
  let chain: Digest
  let packed: [UInt8]

  static let columns = "first_seq, last_seq, epoch, at, count, crc, chain, packed"

  init(_ row: Row) throws {
    firstSeq = try row.unsigned(0)
    lastSeq = try row.unsigned(1)
    epoch = try row.narrow(2)
    at = Timestamp(microseconds: try row.integer(3))
    count = try row.narrow(4)
    crc = try row.narrow(5)
    chain = try row.digest(6)
    packed = try row.bytes(7)
  }

  /// The chain's next link.
  static func chain(after previous: Digest, _ packed: [UInt8]) -> Digest {
    var hash = SHA256()
    hash.update(previous.bytes)
    hash.update(packed)
    return hash.finish()
  }

  private func damaged(_ reason: String) -> JournalError {
    .damaged(position: Position(epoch: epoch, seq: firstSeq), reason: reason)
  }

  /// The records, after the checksum and everything that the row says of them was compared.
  func records() throws(JournalError) -> [BrokerCore.Record] {
    guard CRC32C.checksum(packed) == crc else {
      throw damaged("the checksum of a batch of the log does not match")
    }
    let unpacked: RecordBatch.Unpacked
    do {
      unpacked = try RecordBatch.unpack(packed)
    } catch {
      throw damaged("a batch of the log cannot be read: \(error.text)")
    }
    guard let first = unpacked.records.first, let last = unpacked.records.last, first.seq == firstSeq,
      last.seq + last.body.width - 1 == lastSeq, unpacked.records.count == count, unpacked.epoch == epoch
    else { throw damaged("a batch of the log is not the one that its row names") }
    return unpacked.records
  }

  /// The records, if this is the batch that followed `head`; moves it.
  func records(following head: inout LogHead) throws(JournalError) -> [BrokerCore.Record] {
    guard firstSeq == head.seq + 1 else {
      let missing = Position(epoch: epoch, seq: head.seq + 1)
      throw .damaged(position: missing, reason: "the log goes on at \(firstSeq) only: batches are missing")
    }
    guard Self.chain(after: head.chain, packed) == chain else {
      throw damaged("the hash of a batch of the log does not continue the chain")
    }
    let records = try records()
    head = LogHead(seq: lastSeq, chain: chain)
    return records
  }
}

/// Where the log ends.
struct LogHead: Equatable, Sendable {
  /// The last place taken; 0: none.
  var seq: UInt64
  var chain: Digest

  /// Of a log that never held anything.
  static let beginning = LogHead(seq: 0, chain: Digest(0, 0, 0, 0))
}

extension PackedError {
  var text: String {
    switch self {
    case .truncated(let offset): "bytes end inside the value at offset \(offset)"
    case .invalid(let what, let offset): "\(what) at offset \(offset)"
    }
  }
}
