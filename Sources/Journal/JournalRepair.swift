import GRDB
import Glibc
public import Vocabulary

/// Gives up the end of a log that cannot be read, so that an instance can start again.
public enum JournalRepair {
  public struct Report: Sendable {
    /// The last place that is left.
    public let position: Position
    public let removedBatches: Int
    public let removedEndedJobs: Int
    /// Where the removed batches went; `nil` when there were none.
    public let sideFile: String?
  }

  /// Removes the batch that holds `seq` and all after it, and begins another history: the epoch rises.
  ///
  /// Jobs that ended in what is removed are active again. What is removed goes to a file beside the database.
  /// - Throws: `damaged` when no snapshot is left that the rest of the log continues.
  public static func truncate(_ path: String, at seq: UInt64) throws(JournalError) -> Report {
    let directory = try StateDirectory(path)
    defer { directory.unlock() }
    return try JournalError.naming {
      let queue = try DatabaseQueue(
        path: directory.paths.database, configuration: Connections.configuration("sluice.repair"))
      defer { try? queue.close() }
      return try queue.writeWithoutTransaction { db in
        try Connections.makeDurable(db)
        return try truncate(directory.paths, at: seq, db)
      }
    }
  }

  private static func truncate(_ paths: JournalPaths, at seq: UInt64, _ db: Database) throws -> Report {
    let instance = try Instance(db)
    let cut = Int64(bitPattern: seq)
    let rows = try Row.fetchAll(
      db, sql: "SELECT \(LogBatch.columns) FROM log WHERE last_seq >= ? ORDER BY first_seq", arguments: [cut])
    let last = try Row.fetchOne(
      db, sql: "SELECT last_seq FROM log WHERE last_seq < ? ORDER BY first_seq DESC LIMIT 1", arguments: [cut]
    )
    let end = try last?.unsigned(0) ?? instance.pruned.seq
    let lost = try SnapshotEntry.all(db).filter { $0.position.seq > end }
    let left = try SnapshotEntry.all(db).count - lost.count
    guard instance.pruned.seq == 0 || left > 0 else {
      throw JournalError.damaged(
        position: Position(epoch: instance.epoch, seq: seq), reason: "no snapshot before this place is left")
    }
    let sideFile = try save(rows, to: paths.folder + "/removed-\(instance.epoch)-\(end + 1).batches")
    let epoch = Instance.epoch(after: instance.epoch)
    var removedJobs = 0
    try db.inTransaction(.immediate) {
      try db.execute(sql: "DELETE FROM log WHERE last_seq >= ?", arguments: [cut])
      try db.execute(sql: "DELETE FROM jobs WHERE ended_seq > ?", arguments: [Int64(bitPattern: end)])
      removedJobs = db.changesCount
      try JobspecUses.count(db)
      for entry in lost { try entry.delete(db) }
      try db.execute(sql: "UPDATE instance SET epoch = ?", arguments: [Int64(epoch)])
      return .commit
    }
    try Files.remove(paths.highWaterMark)
    return Report(
      position: Position(epoch: epoch, seq: end), removedBatches: rows.count, removedEndedJobs: removedJobs,
      sideFile: sideFile)
  }

  /// Each batch as its length and its packed bytes, as they were found.
  private static func save(_ rows: [Row], to path: String) throws -> String? {
    guard !rows.isEmpty else { return nil }
    let file = try OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC)
    for row in rows {
      var writer = PackedWriter()
      writer.write(try row.bytes(7))
      try file.write(writer.bytes)
    }
    try file.sync()
    return path
  }
}
