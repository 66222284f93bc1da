import FoundationEssentials
import GRDB
import Jobs
import Jobspec
import Vocabulary

/// Puts ended jobs into the archive, with what they share once.
struct ArchiveWriter {
  /// Most jobs share a few owners and jobspecs; past these the caches start anew.
  private static let principalLimit = 65_536
  private static let jobspecLimit = 16_384

  private var principals: [Principal: Int64] = [:]
  private var jobspecs: [Digest: Known] = [:]
  private var uses = JobspecUses()
  /// The last row that a jobspec got. Rows are not used again while this process lives: readers keep what they read.
  private var lastJobspec: Int64?
  private var packer = PackedWriter(reservingCapacity: 1 << 10)

  /// Of a jobspec: its row, and what lists filter by.
  private struct Known {
    let row: Int64
    let queue: Int64
    let name: Int64
  }

  /// After a rollback: rows that were just made are gone.
  mutating func forget() {
    principals.removeAll()
    jobspecs.removeAll()
    uses.forget()
  }

  /// Writes what a batch's jobs share.
  mutating func finish(_ db: Database) throws { try uses.write(db) }

  mutating func insert(_ job: Job, _ db: Database) throws {
    guard let result = job.result, let last = job.history.last else {
      preconditionFailure("\(job.id.f58) has not ended")
    }
    let spec = try known(job.spec, db)
    let principal = try row(of: job.owner, db)
    packer.removeAll()
    job.pack(into: &packer)
    let statement = try db.cachedStatement(
      sql: "INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    statement.setUncheckedArguments([
      Int64(bitPattern: job.id.rawValue), Int64(job.owner.userID), FilterHash.of(job.owner.tenant),
      job.changed.queue.map { FilterHash.of($0) } ?? spec.queue, spec.name, Int64(result.rawValue),
      job.submittedAt.microseconds, last.at.microseconds,
      Int64(bitPattern: last.seq), principal, spec.row, Int64(CRC32C.checksum(packer.bytes)),
      Data(packer.bytes),
    ])
    try statement.execute()
  }

  /// Removes jobs, and the jobspecs that no other ended job has; what a batch's jobs share is written before.
  ///
  /// - Throws: when one of them is not there: the log would say more than is true.
  mutating func remove(_ ids: [JobID], _ db: Database) throws {
    // Before the newest one may be gone, whose row would be used again.
    _ = try newestJobspec(db)
    let statement = try db.cachedStatement(sql: "DELETE FROM jobs WHERE id = ? RETURNING jobspec")
    var removed: [Int64: Int64] = [:]
    for id in ids {
      guard let jobspec = try Int64.fetchOne(statement, arguments: [Int64(bitPattern: id.rawValue)]) else {
        throw JournalError.damaged(position: nil, reason: "job \(id.f58) is to be purged, but the archive has it not")
      }
      removed[jobspec, default: 0] += 1
    }
    let gone = try JobspecUses.remove(removed, db)
    if !gone.isEmpty { jobspecs = jobspecs.filter { !gone.contains($0.value.row) } }
  }

  private mutating func row(of principal: Principal, _ db: Database) throws -> Int64 {
    if let row = principals[principal] { return row }
    let values: StatementArguments = [Int64(principal.userID), principal.name, principal.tenant]
    let find = try db.cachedStatement(
      sql: "SELECT id FROM principals WHERE user_id = ? AND name = ? AND tenant = ?")
    var row = try Int64.fetchOne(find, arguments: values)
    if row == nil {
      let insert = try db.cachedStatement(
        sql: "INSERT INTO principals (user_id, name, tenant) VALUES (?, ?, ?)")
      try insert.execute(arguments: values)
      row = db.lastInsertedRowID
    }
    if principals.count >= Self.principalLimit { principals.removeAll() }
    principals[principal] = row
    return row ?? 0
  }

  /// Counts the job that asks.
  private mutating func known(_ spec: StoredJobspec, _ db: Database) throws -> Known {
    if let known = jobspecs[spec.digest] {
      uses.add(known.row)
      return known
    }
    let find = try db.cachedStatement(sql: "SELECT id FROM jobspecs WHERE digest = ?")
    let row: Int64
    if let found = try Int64.fetchOne(find, arguments: [spec.digest.data]) {
      uses.add(found)
      row = found
    } else {
      row = try nextJobspec(db)
      packer.removeAll()
      spec.pack(into: &packer)
      let insert = try db.cachedStatement(sql: "INSERT INTO jobspecs (id, digest, packed) VALUES (?, ?, ?)")
      try insert.execute(arguments: [row, spec.digest.data, Data(packer.bytes)])
    }
    let known = Known(
      row: row, queue: FilterHash.of(spec.jobspec.queue ?? ""), name: FilterHash.of(spec.displayName))
    if jobspecs.count >= Self.jobspecLimit { jobspecs.removeAll() }
    jobspecs[spec.digest] = known
    return known
  }

  private mutating func nextJobspec(_ db: Database) throws -> Int64 {
    let next = try newestJobspec(db) + 1
    lastJobspec = next
    return next
  }

  private mutating func newestJobspec(_ db: Database) throws -> Int64 {
    if let lastJobspec { return lastJobspec }
    let newest = try Int64.fetchOne(db, sql: "SELECT max(id) FROM jobspecs") ?? 0
    lastJobspec = newest
    return newest
  }
}
