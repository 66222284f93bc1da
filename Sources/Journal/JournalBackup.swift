import GRDB

/// Copies a state directory; also while a broker runs.
public enum JournalBackup {
  /// The copy is consistent as of one commit. Whoever opens it begins another history: its epoch rises.
  ///
  /// - Parameter target: must not exist.
  public static func run(_ path: String, to target: String) throws(JournalError) {
    let source = JournalPaths(path)
    let copy = JournalPaths(target)
    guard Files.exists(source.database) else { throw .directory(path, reason: "holds no journal") }
    guard !Files.exists(target) else { throw .directory(target, reason: "exists already") }
    try JournalError.naming {
      try Files.makeDirectory(target)
      try Files.makeDirectory(copy.snapshots)
      try copyDatabase(source, copy)
      try Files.syncDirectory(copy.snapshots)
      // Last: without it the folder is not taken for a state directory.
      try StateDirectory.begin(target)
    }
  }

  private static func copyDatabase(_ source: JournalPaths, _ copy: JournalPaths) throws {
    let from = try DatabaseQueue(
      path: source.database, configuration: Connections.configuration("sluice.backup"))
    let to = try DatabaseQueue(path: copy.database, configuration: Connections.configuration("sluice.copy"))
    defer {
      try? from.close()
      try? to.close()
    }
    try from.backup(to: to)
    try to.writeWithoutTransaction { db in
      try Connections.makeDurable(db)
      try db.execute(sql: "UPDATE instance SET is_copy = 1")
      try copySnapshots(source, copy, db)
    }
  }

  /// A running broker may have replaced an old one meanwhile: one that can be read must remain.
  private static func copySnapshots(_ source: JournalPaths, _ copy: JournalPaths, _ db: Database) throws {
    let entries = try SnapshotEntry.all(db)
    var copied = 0
    for entry in entries {
      if try copyFile(entry.file, source, copy) { copied += 1 } else { try entry.delete(db) }
    }
    let pruned = try Instance(db).pruned.seq
    guard copied > 0 || pruned == 0 else {
      throw JournalError.storage("every snapshot was replaced during the copying; try again")
    }
  }

  /// - Returns: whether it was still there.
  private static func copyFile(_ name: String, _ source: JournalPaths, _ copy: JournalPaths) throws -> Bool {
    let path = source.snapshots + "/" + name
    do {
      try Files.copy(path, to: copy.snapshots + "/" + name)
      return true
    } catch {
      if Files.exists(path) { throw error }
      return false
    }
  }
}
