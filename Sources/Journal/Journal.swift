public import BrokerCore
import GRDB
import Glibc
import Synchronization
import Vocabulary

/// The log, the snapshots and the archive of ended jobs of one instance.
///
/// One thread appends, one tends snapshots and retention, any number read.
public final class Journal: JournalPort, ArchivePort {
  public let directory: StateDirectory
  public let configuration: JournalConfiguration
  /// Of this process's time with the journal: a random number, new with every opening.
  public let incarnation: UInt64
  /// Which history this is.
  public let epoch: UInt32
  let pool: DatabasePool
  let checkpointer: Checkpointer
  let acknowledged: OpenFileBox
  /// Held for a whole append: appends have one caller, and only a snapshot asks in between.
  let writer: Mutex<LogWriter>
  let oldest: Atomic<UInt64>
  /// Why nothing may be written any more.
  let fault: Mutex<String?>
  let workSinceSnapshot: Atomic<UInt64>
  let bytesSinceSnapshot: Atomic<UInt64>
  let cache: ArchiveCache

  /// What opening a journal yields.
  public struct Opened: Sendable {
    public let journal: Journal
    /// Snapshot and log, folded.
    public let state: BrokerState
    public let report: RestorationReport
  }

  /// Takes the state directory, restores the state and makes everything ready to append.
  ///
  /// - Throws: `damaged` rather than to restore less than was acknowledged; see `JournalError`.
  public static func open(
    _ path: String, _ configuration: JournalConfiguration = JournalConfiguration()
  ) throws(JournalError) -> Opened {
    let directory = try StateDirectory(path)
    return try JournalError.naming {
      let pool = try Connections.pool(directory.paths.database, readers: configuration.readers)
      let steps = try pool.read(Schema.migrator.appliedIdentifiers)
      let known = Schema.migrator.migrations
      guard steps.isSubset(of: known) else {
        throw JournalError.newerFormat(found: steps.count, supported: known.count)
      }
      var restoration = Restoration(directory.paths, configuration)
      try Schema.migrator.migrate(pool)
      let state = try restoration.run(pool)
      let incarnation = try claim(pool, epoch: state.epoch)
      try Files.syncDirectory(path)
      let journal = try Journal(directory, configuration, pool, restoration, state.epoch, incarnation)
      return Opened(journal: journal, state: state, report: restoration.report)
    }
  }

  /// Raises the count of openings and leaves this opening's number, by which a lost lock would be noticed.
  private static func claim(_ pool: DatabasePool, epoch: UInt32) throws -> UInt64 {
    let incarnation = UInt64.random(in: 1...UInt64(Int64.max))
    try pool.write { db in
      try db.execute(
        sql: "UPDATE instance SET incarnation = ?, opened = opened + 1, epoch = ?, is_copy = 0",
        arguments: [Int64(incarnation), Int64(epoch)])
    }
    return incarnation
  }

  private init(
    _ directory: StateDirectory, _ configuration: JournalConfiguration, _ pool: DatabasePool,
    _ restoration: Restoration, _ epoch: UInt32, _ incarnation: UInt64
  ) throws {
    self.directory = directory
    self.configuration = configuration
    self.pool = pool
    self.incarnation = incarnation
    self.epoch = epoch
    checkpointer = try Checkpointer(directory, configuration)
    acknowledged = OpenFileBox(try OpenFile(directory.paths.highWaterMark, O_RDWR | O_CREAT))
    writer = Mutex(LogWriter(head: restoration.head, epoch: epoch, incarnation: incarnation))
    oldest = Atomic(restoration.oldestSeq)
    fault = Mutex(nil)
    workSinceSnapshot = Atomic(restoration.report.workFolded)
    bytesSinceSnapshot = Atomic(restoration.report.bytesFolded)
    cache = ArchiveCache()
  }

  /// Ends all use of the database and lets go of the directory; nothing may be called afterwards.
  public func close() throws(JournalError) {
    checkpointer.stop()
    defer { directory.unlock() }
    try JournalError.naming { try pool.close() }
  }

  public var oldestSeq: UInt64 { oldest.load(ordering: .acquiring) }
}
