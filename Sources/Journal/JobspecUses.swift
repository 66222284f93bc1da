import GRDB

/// How many ended jobs have a jobspec, so that it leaves the archive with the last of them.
///
/// In archives that grow most jobspecs have one job: only those with several have a row, which says how many besides
/// one. The changes of a batch are collected, and written with it.
struct JobspecUses {
  private var added: [Int64: Int64] = [:]

  /// Another job has the jobspec of this row, which at least one had before.
  mutating func add(_ jobspec: Int64) { added[jobspec, default: 0] += 1 }

  mutating func forget() { added.removeAll() }

  /// Writes what was added.
  mutating func write(_ db: Database) throws {
    guard !added.isEmpty else { return }
    let statement = try db.cachedStatement(
      sql: "INSERT INTO shared_jobspecs VALUES (?, ?) ON CONFLICT DO UPDATE SET others = others + excluded.others")
    for (jobspec, count) in added.sorted(by: { $0.key < $1.key }) {
      try statement.execute(arguments: [jobspec, count])
    }
    added.removeAll()
  }

  /// Takes uses away, and the jobspecs that have none left.
  ///
  /// - Parameter removed: how many jobs are gone, by the row of their jobspec.
  /// - Returns: the rows that are gone.
  static func remove(_ removed: [Int64: Int64], _ db: Database) throws -> Set<Int64> {
    let find = try db.cachedStatement(sql: "SELECT others FROM shared_jobspecs WHERE jobspec = ?")
    let update = try db.cachedStatement(sql: "UPDATE shared_jobspecs SET others = ? WHERE jobspec = ?")
    let unshare = try db.cachedStatement(sql: "DELETE FROM shared_jobspecs WHERE jobspec = ?")
    let delete = try db.cachedStatement(sql: "DELETE FROM jobspecs WHERE id = ?")
    var gone: Set<Int64> = []
    for (jobspec, count) in removed.sorted(by: { $0.key < $1.key }) {
      let others = try Int64.fetchOne(find, arguments: [jobspec]) ?? 0
      if count < others {
        try update.execute(arguments: [others - count, jobspec])
        continue
      }
      if others > 0 { try unshare.execute(arguments: [jobspec]) }
      guard count > others else { continue }
      try delete.execute(arguments: [jobspec])
      gone.insert(jobspec)
    }
    return gone
  }

  /// A database that an older program left has no counts before it is opened.
  private static func areCounted(_ db: Database) throws -> Bool { try db.tableExists("shared_jobspecs") }

  /// Counts anew, and removes the jobspecs that nobody has.
  static func count(_ db: Database) throws {
    guard try areCounted(db) else { return }
    try db.execute(
      sql: """
        DELETE FROM shared_jobspecs;
        INSERT INTO shared_jobspecs SELECT jobspec, count(*) - 1 FROM jobs GROUP BY jobspec HAVING count(*) > 1;
        DELETE FROM jobspecs WHERE id NOT IN (SELECT jobspec FROM jobs);
        """)
  }

  /// How many jobspecs have another number of jobs than their row says, or none, and rows of no jobspec.
  static func mistakes(_ db: Database) throws -> Int {
    guard try areCounted(db) else { return 0 }
    return try Int.fetchOne(
      db,
      sql: """
        SELECT count(*) + (SELECT count(*) FROM shared_jobspecs WHERE jobspec NOT IN (SELECT id FROM jobspecs))
        FROM jobspecs
        LEFT JOIN (SELECT jobspec, count(*) AS jobs FROM jobs GROUP BY jobspec) AS counted ON counted.jobspec = id
        LEFT JOIN shared_jobspecs ON shared_jobspecs.jobspec = id
        WHERE coalesce(jobs, 0) <> coalesce(others, 0) + 1
        """) ?? 0
  }
}
