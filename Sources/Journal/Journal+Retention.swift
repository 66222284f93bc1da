import GRDB
import Synchronization
import Vocabulary

extension Journal {
  /// Batches that one step removes: it holds the writer up for a few milliseconds.
  private static let batchesPerStep = 64

  /// Removes one step's worth of old batches from the log: those before every snapshot kept, and before the
  /// newest records that the configuration keeps.
  ///
  /// - Returns: whether more is left to remove.
  public func pruneStep() throws(JournalError) -> Bool {
    try JournalError.naming {
      let snapshots = try pool.read { db in try SnapshotEntry.all(db) }
      guard snapshots.count >= Self.snapshotsKept, let covered = snapshots.map(\.position.seq).min() else {
        return false
      }
      let head = writer.withLock { $0.head.seq }
      let kept = head - min(head, configuration.recordsKept)
      return try remove(through: min(covered, kept))
    }
  }

  /// - Parameter seq: the last place that may go.
  private func remove(through seq: UInt64) throws -> Bool {
    let removed: (LogHead, Int)? = try pool.write { db in
      let rows = try Row.fetchAll(
        db, sql: "SELECT first_seq, last_seq, chain FROM log WHERE last_seq <= ? ORDER BY first_seq LIMIT ?",
        arguments: [Int64(bitPattern: seq), Self.batchesPerStep])
      guard let last = rows.last else { return nil }
      let end = LogHead(seq: try last.unsigned(1), chain: try last.digest(2))
      try db.execute(
        sql: "DELETE FROM log WHERE first_seq <= ?", arguments: [Int64(bitPattern: try last.unsigned(0))])
      try db.execute(
        sql: "UPDATE instance SET pruned_seq = ?, pruned_chain = ?",
        arguments: [Int64(bitPattern: end.seq), end.chain.data])
      return (end, rows.count)
    }
    guard let (end, count) = removed else { return false }
    oldest.store(end.seq + 1, ordering: .releasing)
    return count == Self.batchesPerStep
  }
}
