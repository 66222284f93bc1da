import GRDB
import Glibc
import Vocabulary

/// The one row of the table `instance`.
struct Instance {
  let epoch: UInt32
  /// Made by a backup, not opened since.
  let isCopy: Bool
  /// The end of what retention removed from the log.
  let pruned: LogHead

  init(_ db: Database) throws {
    let sql = "SELECT epoch, is_copy, pruned_seq, pruned_chain FROM instance"
    guard let row = try Row.fetchOne(db, sql: sql) else {
      throw JournalError.damaged(position: nil, reason: "the table `instance` is empty")
    }
    epoch = try row.narrow(0)
    isCopy = try row.integer(1) != 0
    pruned = LogHead(seq: try row.unsigned(2), chain: try row.digest(3))
  }

  /// A number for a history that parts from this one.
  ///
  /// The time in seconds, so that two restores of one backup are told apart too.
  static func epoch(after epoch: UInt32) -> UInt32 {
    max(epoch + 1, UInt32(clamping: time(nil)))
  }
}
