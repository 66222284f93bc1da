import BrokerCore
import GRDB
import Jobs
import Jobspec
import KeyValues
import Persistent
public import Vocabulary

/// Examines a state directory without changing what it holds; also while a broker runs.
public enum JournalCheck {
  public struct Report: Sendable {
    /// Where the restored state stands; `nil` when none could be.
    public internal(set) var position: Position?
    public internal(set) var batches: UInt64 = 0
    public internal(set) var records: UInt64 = 0
    public internal(set) var snapshots = 0
    public internal(set) var activeJobs = 0
    public internal(set) var endedJobs = 0
    public internal(set) var namespaces = 0
    /// Of all namespaces.
    public internal(set) var keys = 0
    /// What is wrong, each with its place. Empty: everything is as it was written.
    public internal(set) var findings: [String] = []

    public var isSound: Bool { findings.isEmpty }
  }

  /// - Throws: only when the examination itself is impossible; damage is a finding.
  public static func run(_ path: String) throws(JournalError) -> Report {
    let paths = JournalPaths(path)
    guard Files.exists(paths.database) else { throw .directory(path, reason: "holds no journal") }
    var report = Report()
    do {
      let queue = try DatabaseQueue(
        path: paths.database, configuration: Connections.configuration("sluice.check"))
      defer { try? queue.close() }
      try queue.read { db in
        let findings = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
        report.findings += findings.map { "the database: \($0)" }
        report.finding { try walkLog(&$0, db) }
        report.finding { try verifySnapshots(&$0, paths, db) }
      }
      try restore(&report, paths, queue)
    } catch {
      report.findings.append("\(JournalError(error))")
    }
    return report
  }

  /// Every batch, from the oldest on: checksum, hash, order, and that its records can be read.
  private static func walkLog(_ report: inout Report, _ db: Database) throws {
    var head = try Instance(db).pruned
    let rows = try Row.fetchCursor(db, sql: "SELECT \(LogBatch.columns) FROM log ORDER BY first_seq")
    while let row = try rows.next() {
      let batch = try LogBatch(row)
      report.records += UInt64(try batch.records(following: &head).count)
      report.batches += 1
    }
  }

  private static func verifySnapshots(_ report: inout Report, _ paths: JournalPaths, _ db: Database) throws {
    for entry in try SnapshotEntry.all(db) {
      report.snapshots += 1
      report.finding { _ in try SnapshotReader.verify(entry, in: paths.snapshots) }
    }
  }

  /// What a start would do, and whether the archive agrees with it.
  private static func restore(_ report: inout Report, _ paths: JournalPaths, _ queue: DatabaseQueue) throws {
    var configuration = JournalConfiguration()
    configuration.startCheckBytes = 0
    var restoration = Restoration(paths, configuration, keepsEnded: true)
    let state = try restoration.run(queue)
    report.position = state.position
    report.activeJobs = state.jobs.count
    report.namespaces = state.keyValues.namespaces.count
    report.keys = state.keyValues.namespaces.reduce(0) { $0 + $1.value.namespace.root.totals.entries }
    report.findings += restoration.report.warnings
    let ended = restoration.ended
    try queue.read { db in report.finding { try readArchive(&$0, expecting: ended, db) } }
  }

  /// Every ended job can be read, is found by the lists that should show it, and is as the log has it.
  private static func readArchive(
    _ report: inout Report, expecting ended: [JobID: Job], _ db: Database
  ) throws {
    let cache = ArchiveCache()
    var missing = ended
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT \(ArchiveCache.columns), user_id, tenant, queue, name, result, submitted_at, ended_seq FROM jobs
        """)
    while let row = try rows.next() {
      let job = try cache.job(row, db)
      report.endedJobs += 1
      let columns = try (5...11).map { try row.integer($0) }
      let isFound = columns == expectedColumns(job)
      if !isFound { report.findings.append("ended job \(job.id.f58): its columns are not those of the job") }
      if let logged = missing.removeValue(forKey: job.id), logged.history != job.history {
        report.findings.append("ended job \(job.id.f58): the archive and the log differ")
      }
    }
    let mistakes = try JobspecUses.mistakes(db)
    if mistakes > 0 { report.findings.append("\(mistakes) jobspecs have another number of ended jobs than is noted") }
    for id in missing.keys.sorted() { report.findings.append("ended job \(id.f58): missing in the archive") }
  }

  /// What lists find the job by.
  private static func expectedColumns(_ job: Job) -> [Int64] {
    [
      Int64(job.owner.userID), FilterHash.of(job.owner.tenant), FilterHash.of(job.queue ?? ""),
      FilterHash.of(job.name), Int64(job.result?.rawValue ?? 0), job.submittedAt.microseconds,
      Int64(bitPattern: job.history.last?.seq ?? 0),
    ]
  }
}

extension JournalCheck.Report {
  /// Turns a failure of one part into a finding, and goes on with the next.
  fileprivate mutating func finding(_ body: (inout Self) throws -> Void) {
    do {
      try body(&self)
    } catch {
      findings.append("\(JournalError(error))")
    }
  }
}
