public import BrokerCore
import GRDB
import Synchronization
import Vocabulary

extension Journal {
  /// How many complete snapshots are kept: if the newest is damaged, the one before it and the log suffice.
  static let snapshotsKept = 2

  public var isSnapshotDue: Bool {
    SnapshotPolicy.isDue(
      workSince: workSinceSnapshot.load(ordering: .relaxed),
      bytesSince: bytesSinceSnapshot.load(ordering: .relaxed))
  }

  /// Writes a snapshot of a committed state; any thread but the writer's, one at a time.
  ///
  /// The file is complete, named and durable before a row names it; a crash in between leaves a file that the
  /// next snapshot removes.
  public func writeSnapshot(of state: BrokerState) throws(JournalError) {
    let position = state.position
    try JournalError.naming {
      guard let chain = try chain(at: position.seq) else {
        throw JournalError.storage(
          "no batch of the log ends at \(position.text): the state was not committed")
      }
      workSinceSnapshot.store(0, ordering: .relaxed)
      bytesSinceSnapshot.store(0, ordering: .relaxed)
      let name = "\(position.text).snapshot"
      let path = directory.paths.snapshots + "/" + name
      var file = try SnapshotFile.create(path + ".new")
      try state.packSnapshot { (chunk) throws(FileFault) in try file.append(chunk) }
      let (digest, bytes) = try file.finish(position, chain: chain)
      Failpoints.hit("snapshot.beforeRename")
      try Files.rename(path + ".new", to: path)
      try Files.syncDirectory(directory.paths.snapshots)
      Failpoints.hit("snapshot.afterRename")
      let entry = SnapshotEntry(position: position, file: name, bytes: bytes, digest: digest, chain: chain)
      try pool.write { db in try entry.insert(db) }
      try removeOldSnapshots()
    }
  }

  private func chain(at seq: UInt64) throws -> Digest? {
    try pool.read { db in
      guard let row = try LogBatch.last(before: seq + 1, db) else { return nil }
      return try row.unsigned(1) == seq ? try row.digest(6) : nil
    }
  }

  /// Rows go before files, so that a row always names a file.
  private func removeOldSnapshots() throws {
    let entries = try pool.read { db in try SnapshotEntry.all(db) }
    for entry in entries.dropFirst(Self.snapshotsKept) {
      try pool.write { db in try entry.delete(db) }
    }
    let kept = Set(entries.prefix(Self.snapshotsKept).map(\.file))
    for name in try Files.names(in: directory.paths.snapshots) where !kept.contains(name) {
      try Files.remove(directory.paths.snapshots + "/" + name)
    }
  }
}
