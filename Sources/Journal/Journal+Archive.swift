public import BrokerCore
import GRDB
public import Jobs
public import Vocabulary

extension Journal {
  /// Of the log, after which a page of records ends: messages may be large.
  private static var bytesPerVisit: Int { 8 << 20 }

  public func endedJob(_ id: JobID) throws(ArchiveFailure) -> Job? {
    try reading { db in
      let statement = try db.cachedStatement(sql: "SELECT \(ArchiveCache.columns) FROM jobs WHERE id = ?")
      return try Row.fetchOne(statement, arguments: [Int64(bitPattern: id.rawValue)]).map {
        try cache.job($0, db)
      }
    }
  }

  public func endedJobs(
    matching filter: JobFilter, owner: UInt32?, before: JobID?, limit: Int, candidates: Int
  ) throws(ArchiveFailure) -> ArchivePage {
    precondition(limit > 0 && candidates > 0, "a page of nothing")
    guard filter.states.contains(JobStates(.inactive)) else { return ArchivePage(jobs: [], nextBefore: nil) }
    return try reading { db in
      let userIDs = try filter.user.map { try self.userIDs(named: $0, db) }
      // Nobody of that name, or no result at all: nothing to look through.
      if userIDs?.isEmpty ?? false || filter.results?.isEmpty ?? false {
        return ArchivePage(jobs: [], nextBefore: nil)
      }
      let query = ArchiveQuery(filter, owner: owner, userIDs: userIDs, before: before)
      return try page(query, filter, limit, candidates, db)
    }
  }

  public func oldestEndedJobs(
    endedBefore limit: Timestamp?, count: Int, candidates: Int
  ) throws(ArchiveFailure) -> [Job] {
    try reading { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT \(ArchiveCache.columns) FROM (SELECT id FROM jobs NOT INDEXED ORDER BY id LIMIT ?) AS candidate
          CROSS JOIN jobs ON jobs.id = candidate.id WHERE jobs.ended_at < ? ORDER BY jobs.id LIMIT ?
          """)
      let rows = try Row.fetchAll(
        statement, arguments: [candidates, limit?.microseconds ?? Int64.max, count])
      return try rows.map { try cache.job($0, db) }
    }
  }

  public func countOldest(endedBefore limit: Timestamp, candidates: Int) throws(ArchiveFailure) -> Int {
    try reading { db in
      let sql = "SELECT count(*) FROM (SELECT ended_at FROM jobs NOT INDEXED ORDER BY id LIMIT ?) WHERE ended_at < ?"
      return try Int.fetchOne(db, sql: sql, arguments: [candidates, limit.microseconds]) ?? 0
    }
  }

  private func page(
    _ query: ArchiveQuery, _ filter: JobFilter, _ limit: Int, _ candidates: Int, _ db: Database
  ) throws -> ArchivePage {
    // One more than the page tells whether anything is left.
    let rows = try query.rows(limit: limit + 1, candidates: candidates, db)
    let shown = rows.prefix(limit)
    // Hashes may collide, and a name may belong to several users: the real texts decide.
    let jobs = try shown.map { try cache.job($0, db) }.filter { filter.matches($0) }
    if rows.count > limit, let last = shown.last {
      return ArchivePage(jobs: jobs, nextBefore: JobID(try last.unsigned(0)))
    }
    return ArchivePage(jobs: jobs, nextBefore: try query.lastCandidate(candidates, db))
  }

  private func userIDs(named name: String, _ db: Database) throws -> [Int64] {
    let statement = try db.cachedStatement(
      sql: "SELECT DISTINCT user_id FROM principals WHERE name = ? ORDER BY user_id LIMIT 100")
    return try Int64.fetchAll(statement, arguments: [name])
  }

  public func records(from seq: UInt64, limit: Int) throws(ArchiveFailure) -> [BrokerCore.Record] {
    guard seq >= oldestSeq else { throw .historyGone(oldest: oldestSeq) }
    let found = try reading { db in try batches(from: seq, limit: limit, db) }
    do {
      // A record that stands for several events belongs to the page of any of them.
      return try found.flatMap { try $0.records() }.filter { $0.seq + $0.body.width > seq }
    } catch {
      throw .unreadable("\(error)")
    }
  }

  private func batches(from seq: UInt64, limit: Int, _ db: Database) throws -> [LogBatch] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT \(LogBatch.columns) FROM log
        WHERE first_seq >= (SELECT max(first_seq) FROM log WHERE first_seq <= ?) ORDER BY first_seq
        """)
    let rows = try Row.fetchCursor(statement, arguments: [Int64(bitPattern: seq)])
    var batches: [LogBatch] = []
    var count = 0
    var bytes = 0
    while count < limit, bytes < Self.bytesPerVisit, let row = try rows.next() {
      let batch = try LogBatch(row)
      // Retention may have removed the batch since the caller was let in.
      if batches.isEmpty, batch.firstSeq > seq { throw ArchiveFailure.historyGone(oldest: batch.firstSeq) }
      batches.append(batch)
      bytes += batch.packed.count
      if batch.firstSeq >= seq { count += batch.count }
    }
    return batches
  }

  private func reading<Value>(_ body: (Database) throws -> Value) throws(ArchiveFailure) -> Value {
    do {
      return try pool.read(body)
    } catch let failure as ArchiveFailure {
      throw failure
    } catch {
      throw .unreadable("\(JournalError(error))")
    }
  }
}
