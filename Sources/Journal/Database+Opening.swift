import GRDB

/// How connections to the journal's database are made.
enum Connections {
  /// Longest wait of one connection for another: only a checkpoint that empties the write-ahead log makes the
  /// writer wait, for some ten milliseconds.
  static let busyTimeout = 10.0
  /// Pages that a connection keeps, in KiB: the right edges of all indexes of a few million jobs.
  private static let cacheKiB = 65_536

  static func configuration(_ label: String) -> GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.label = label
    configuration.busyMode = .timeout(busyTimeout)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA cache_size = -\(cacheKiB)")
      try db.execute(sql: "PRAGMA cell_size_check = ON")
      try db.execute(sql: "PRAGMA trusted_schema = OFF")
    }
    return configuration
  }

  /// The writer and its readers.
  ///
  /// GRDB sets `synchronous` to NORMAL, with which a power cut takes back what was acknowledged: it is set
  /// once the pool is open, and read back. Checkpoints are another thread's, see `Checkpointer`.
  static func pool(_ path: String, readers: Int) throws -> DatabasePool {
    var configuration = configuration("sluice.journal")
    configuration.maximumReaderCount = readers
    let pool = try DatabasePool(path: path, configuration: configuration)
    try pool.writeWithoutTransaction { db in
      try makeDurable(db)
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
    }
    return pool
  }

  static func makeDurable(_ db: Database) throws {
    try db.execute(sql: "PRAGMA synchronous = FULL")
    guard try synchronous(db) == 2 else {
      throw JournalError.storage("SQLite does not keep synchronous=FULL")
    }
  }

  /// 2 is FULL.
  static func synchronous(_ db: Database) throws -> Int? { try Int.fetchOne(db, sql: "PRAGMA synchronous") }
}

extension JournalError {
  /// Runs what may fail in GRDB's ways, and names the failure.
  static func naming<Value>(_ body: () throws -> Value) throws(JournalError) -> Value {
    do {
      return try body()
    } catch {
      throw JournalError(error)
    }
  }

  init(_ error: any Error) {
    switch error {
    case let error as JournalError: self = error
    case let fault as FileFault: self = fault.journalError
    case let value as DamagedValue:
      self = .damaged(position: nil, reason: "column \(value.column) of a row holds what was never written")
    case let error as DatabaseError:
      switch error.resultCode {
      case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT, .SQLITE_ERROR, .SQLITE_CONSTRAINT,
        .SQLITE_MISMATCH:
        self = .damaged(position: nil, reason: "the database: \(error.text)")
      case .SQLITE_FULL: self = .full
      default: self = .storage(error.text)
      }
    default: self = .storage("\(error)")
    }
  }
}

extension DatabaseError {
  var text: String { "\(message ?? "no message") (SQLite code \(extendedResultCode.rawValue))" }
}
