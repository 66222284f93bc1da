import BrokerCore
import GRDB
import Jobs
import Vocabulary

/// Restores the state: the newest snapshot that verifies, and every batch of the log after it.
///
/// All of it or nothing: whatever is missing, reordered or changed ends it with the place.
struct Restoration {
  let directory: JournalPaths
  let configuration: JournalConfiguration
  private(set) var report = RestorationReport()
  private(set) var head = LogHead.beginning
  private(set) var oldestSeq: UInt64 = 1
  /// The jobs that folded records ended and did not purge, where they are wanted.
  private(set) var ended: [JobID: Job] = [:]
  private let keepsEnded: Bool

  init(_ paths: JournalPaths, _ configuration: JournalConfiguration, keepsEnded: Bool = false) {
    directory = paths
    self.keepsEnded = keepsEnded
    self.configuration = configuration
  }

  mutating func run(_ reader: some DatabaseReader) throws -> BrokerState {
    try reader.read { db in
      try checkDatabase(db)
      let instance = try Instance(db)
      oldestSeq = instance.pruned.seq + 1
      var state = try startingState(instance, db)
      try fold(into: &state, db)
      try compareWithHighWaterMark(instance, db)
      try compareWithArchive(state, db)
      return state
    }
  }

  private func checkDatabase(_ db: Database) throws {
    guard Files.size(directory.database) <= configuration.startCheckBytes else { return }
    let findings = try String.fetchAll(db, sql: "PRAGMA integrity_check(3)")
    guard findings == ["ok"] else {
      throw JournalError.damaged(position: nil, reason: "the database: " + findings.joined(separator: "; "))
    }
  }

  /// The state of the newest snapshot that can be read, or that of an empty log.
  private mutating func startingState(_ instance: Instance, _ db: Database) throws -> BrokerState {
    let epoch = instance.isCopy ? Instance.epoch(after: instance.epoch) : instance.epoch
    for entry in try SnapshotEntry.all(db) {
      do {
        let state = try SnapshotReader.read(entry, in: directory.snapshots, epoch: epoch)
        head = LogHead(seq: entry.position.seq, chain: entry.chain)
        report.snapshot = entry.position
        return state
      } catch {
        report.warnings.append("snapshot \(entry.file) cannot be used: \(error)")
      }
    }
    guard instance.pruned.seq == 0 else {
      throw JournalError.damaged(
        position: Position(epoch: instance.epoch, seq: 1),
        reason: "no snapshot can be read, and the log begins at \(instance.pruned.seq + 1) only; "
          + report.warnings.joined(separator: "; "))
    }
    return BrokerState(epoch: epoch)
  }

  private mutating func fold(into state: inout BrokerState, _ db: Database) throws {
    try checkJoint(db)
    let rows = try Row.fetchCursor(
      db, sql: "SELECT \(LogBatch.columns) FROM log WHERE first_seq > ? ORDER BY first_seq",
      arguments: [Int64(bitPattern: head.seq)])
    while let row = try rows.next() {
      let batch = try LogBatch(row)
      for record in try batch.records(following: &head) {
        report.workFolded += record.body.foldingWork
        if let job = state.fold(record), keepsEnded { ended[job.id] = job }
        if keepsEnded, case .jobsPurged(let ids) = record.body { ids.forEach { ended[$0] = nil } }
      }
      report.batchesFolded += 1
      report.recordsFolded += UInt64(batch.count)
      report.bytesFolded += UInt64(batch.packed.count)
    }
  }

  /// The batch that ends where the snapshot stands must be the one that the snapshot saw, if it is still there.
  private func checkJoint(_ db: Database) throws {
    guard let row = try LogBatch.last(before: head.seq + 1, db) else { return }
    let batch = try LogBatch(row)
    guard batch.lastSeq == head.seq, batch.chain == head.chain else {
      throw JournalError.damaged(
        position: Position(epoch: batch.epoch, seq: batch.firstSeq),
        reason: "the log is not the one that the snapshot at \(head.seq) continues")
    }
  }

  /// What was acknowledged must be there.
  private func compareWithHighWaterMark(_ instance: Instance, _ db: Database) throws {
    guard !instance.isCopy, let mark = try HighWaterMark.read(directory.highWaterMark),
      mark.epoch == instance.epoch
    else { return }
    guard mark.seq <= head.seq else {
      throw JournalError.damaged(
        position: Position(epoch: mark.epoch, seq: head.seq + 1),
        reason: "the log ends at \(head.seq), but \(mark.seq) was acknowledged")
    }
    guard let row = try LogBatch.last(before: mark.seq + 1, db) else { return }
    let batch = try LogBatch(row)
    guard batch.lastSeq == mark.seq, batch.chain == mark.chain else {
      throw JournalError.damaged(
        position: Position(epoch: mark.epoch, seq: mark.seq), reason: "another batch was acknowledged here")
    }
  }

  /// Every job that ever ended and was not purged is in the archive.
  private func compareWithArchive(_ state: BrokerState, _ db: Database) throws {
    let expected = state.archivedCount
    let found = try Int64.fetchOne(db, sql: "SELECT count(*) FROM jobs") ?? 0
    guard expected == UInt64(found) else {
      throw JournalError.damaged(
        position: state.position, reason: "the archive should hold \(expected) ended jobs, but holds \(found)")
    }
  }
}

extension LogBatch {
  /// The row of the batch that begins last before `seq`.
  static func last(before seq: UInt64, _ db: Database) throws -> Row? {
    try Row.fetchOne(
      db, sql: "SELECT \(columns) FROM log WHERE first_seq < ? ORDER BY first_seq DESC LIMIT 1",
      arguments: [Int64(bitPattern: seq)])
  }
}
