import GRDB

/// The tables. A step that was released is never changed: a new form is a new step.
///
/// Numbers of 64 bits without sign are stored as the signed ones with the same bits.
enum Schema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 log, snapshots, archive") { db in
      try db.execute(sql: instance)
      try db.execute(sql: log)
      try db.execute(sql: snapshots)
      try db.execute(sql: archive)
    }
    migrator.registerMigration("2 shared jobspecs") { db in
      try db.execute(sql: sharedJobspecs)
      try JobspecUses.count(db)
    }
    return migrator
  }

  /// One row: which history this is, who has it open, and where the log was cut off at its old end.
  private static let instance = """
    CREATE TABLE instance (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      epoch INTEGER NOT NULL,
      incarnation INTEGER NOT NULL,
      opened INTEGER NOT NULL,
      is_copy INTEGER NOT NULL,
      pruned_seq INTEGER NOT NULL,
      pruned_chain BLOB NOT NULL
    ) STRICT;
    INSERT INTO instance VALUES (1, 1, 0, 0, 0, 0, zeroblob(32));
    """

  /// One row a batch. `chain` is SHA-256 of the chain before it and `packed`.
  private static let log = """
    CREATE TABLE log (
      first_seq INTEGER PRIMARY KEY,
      last_seq INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      at INTEGER NOT NULL,
      count INTEGER NOT NULL,
      crc INTEGER NOT NULL,
      chain BLOB NOT NULL,
      packed BLOB NOT NULL
    ) STRICT;
    """

  private static let snapshots = """
    CREATE TABLE snapshots (
      seq INTEGER PRIMARY KEY,
      epoch INTEGER NOT NULL,
      file TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      digest BLOB NOT NULL,
      chain BLOB NOT NULL
    ) STRICT;
    """

  /// Ended jobs. Texts that lists filter by are in the indexes as 31-bit hashes (`FilterHash`), 0 for the empty
  /// text, which most jobs have and which is not indexed; a reader compares the real text afterwards. An index
  /// on one column orders equal values by id already.
  private static let archive = """
    CREATE TABLE principals (
      id INTEGER PRIMARY KEY,
      user_id INTEGER NOT NULL,
      name TEXT NOT NULL,
      tenant TEXT NOT NULL,
      UNIQUE (name, user_id, tenant)
    ) STRICT;
    CREATE TABLE jobspecs (
      id INTEGER PRIMARY KEY,
      digest BLOB NOT NULL UNIQUE,
      packed BLOB NOT NULL
    ) STRICT;
    CREATE TABLE jobs (
      id INTEGER PRIMARY KEY,
      user_id INTEGER NOT NULL,
      tenant INTEGER NOT NULL,
      queue INTEGER NOT NULL,
      name INTEGER NOT NULL,
      result INTEGER NOT NULL,
      submitted_at INTEGER NOT NULL,
      ended_at INTEGER NOT NULL,
      ended_seq INTEGER NOT NULL,
      principal INTEGER NOT NULL,
      jobspec INTEGER NOT NULL,
      crc INTEGER NOT NULL,
      packed BLOB NOT NULL
    ) STRICT;
    CREATE INDEX jobs_by_user ON jobs (user_id);
    CREATE INDEX jobs_by_tenant ON jobs (tenant) WHERE tenant <> 0;
    CREATE INDEX jobs_by_queue ON jobs (queue) WHERE queue <> 0;
    CREATE INDEX jobs_by_name ON jobs (name);
    CREATE INDEX jobs_by_result ON jobs (result);
    """

  /// Jobspecs of several ended jobs, and of how many besides one: `JobspecUses`.
  private static let sharedJobspecs = """
    CREATE TABLE shared_jobspecs (
      jobspec INTEGER PRIMARY KEY,
      others INTEGER NOT NULL
    ) STRICT;
    """
}

/// A stable hash of a text that lists filter by.
///
/// FNV-1a folded to 31 bits, so that SQLite stores it in four bytes. Two texts may share one.
/// - Source: draft-eastlake-fnv.
enum FilterHash {
  static func of(_ text: String) -> Int64 {
    guard !text.isEmpty else { return 0 }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let folded = Int64((hash ^ hash >> 32) & 0x7FFF_FFFF)
    return folded == 0 ? 1 : folded
  }
}
