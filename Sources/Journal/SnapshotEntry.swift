import GRDB
import Vocabulary

/// A row that names a complete snapshot file.
struct SnapshotEntry: Sendable {
  let position: Position
  let file: String
  let bytes: Int64
  /// SHA-256 of the whole file but its last 32 bytes, which repeat it.
  let digest: Digest
  /// The log's chain where the snapshot stands.
  let chain: Digest

  init(position: Position, file: String, bytes: Int64, digest: Digest, chain: Digest) {
    self.position = position
    self.file = file
    self.bytes = bytes
    self.digest = digest
    self.chain = chain
  }

  init(_ row: Row) throws {
    position = Position(epoch: try row.narrow(1), seq: try row.unsigned(0))
    file = try row.text(2)
    bytes = try row.integer(3)
    digest = try row.digest(4)
    chain = try row.digest(5)
  }

  /// Newest first.
  static func all(_ db: Database) throws -> [SnapshotEntry] {
    try Row.fetchAll(
      db, sql: "SELECT seq, epoch, file, bytes, digest, chain FROM snapshots ORDER BY seq DESC"
    ).map { try SnapshotEntry($0) }
  }

  func insert(_ db: Database) throws {
    try db.execute(
      sql:
        "INSERT OR REPLACE INTO snapshots (seq, epoch, file, bytes, digest, chain) VALUES (?, ?, ?, ?, ?, ?)",
      arguments: [
        Int64(bitPattern: position.seq), Int64(position.epoch), file, bytes, digest.data, chain.data,
      ])
  }
}

extension SnapshotEntry {
  func delete(_ db: Database) throws {
    try db.execute(
      sql: "DELETE FROM snapshots WHERE seq = ?", arguments: [Int64(bitPattern: position.seq)])
  }
}
