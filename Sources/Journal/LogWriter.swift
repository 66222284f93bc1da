import BrokerCore
import FoundationEssentials
import GRDB
import Vocabulary

/// What the writer remembers between appends.
struct LogWriter {
  private(set) var head: LogHead
  let epoch: UInt32
  let incarnation: UInt64
  private var packer = PackedWriter(reservingCapacity: 1 << 16)
  private var archive = ArchiveWriter()

  init(head: LogHead, epoch: UInt32, incarnation: UInt64) {
    self.head = head
    self.epoch = epoch
    self.incarnation = incarnation
  }

  /// Another process took the directory over.
  struct Fenced: Error {}

  /// One transaction: a row of the log, and the ended jobs. Returns the bytes of the row once it is durable.
  ///
  /// When this throws nothing was changed, and what was learnt of rows that are gone again is forgotten.
  mutating func commit(_ batch: CommitBatch, _ pool: DatabasePool) throws -> Int {
    packer.removeAll()
    RecordBatch.pack(batch.records, epoch: epoch, into: &packer)
    let next = LogHead(seq: lastSeq(of: batch), chain: LogBatch.chain(after: head.chain, packer.bytes))
    do {
      try pool.writeWithoutTransaction { db in
        try db.inTransaction(.immediate) {
          try checkIncarnation(db)
          try insert(batch, next, db)
          for job in batch.ended { try archive.insert(job, db) }
          try archive.finish(db)
          for case .jobsPurged(let ids) in batch.records.lazy.map(\.body) { try archive.remove(ids, db) }
          Failpoints.hit("journal.beforeCommit")
          return .commit
        }
      }
    } catch {
      archive.forget()
      throw error
    }
    head = next
    return packer.count
  }

  private func lastSeq(of batch: CommitBatch) -> UInt64 {
    guard let first = batch.records.first, let last = batch.records.last else {
      preconditionFailure("an empty batch is never committed")
    }
    precondition(batch.epoch == epoch, "a batch of another history")
    precondition(first.seq == head.seq + 1, "batch \(first.seq) does not follow \(head.seq)")
    return last.seq + last.body.width - 1
  }

  private func checkIncarnation(_ db: Database) throws {
    let statement = try db.cachedStatement(sql: "SELECT incarnation FROM instance")
    guard try Int64.fetchOne(statement) == Int64(incarnation) else { throw Fenced() }
  }

  private func insert(_ batch: CommitBatch, _ next: LogHead, _ db: Database) throws {
    let statement = try db.cachedStatement(
      sql: "INSERT INTO log (\(LogBatch.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
    statement.setUncheckedArguments([
      Int64(bitPattern: head.seq + 1), Int64(bitPattern: next.seq), Int64(epoch),
      batch.records[0].at.microseconds, batch.records.count, Int64(CRC32C.checksum(packer.bytes)),
      next.chain.data, Data(packer.bytes),
    ])
    try statement.execute()
  }
}
