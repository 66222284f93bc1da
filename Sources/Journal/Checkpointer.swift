import Dispatch
import GRDB
import Synchronization

/// Copies the write-ahead log into the database on a thread of its own, over a connection of its own.
///
/// The copying hinders neither the writer nor readers; afterwards the writer begins the file anew, without
/// giving its blocks back, so that a commit's sync need not record a growing file. A writer that never rests
/// gives no occasion for that: past the limit the file is emptied while the writer waits for the few frames
/// that came meanwhile.
final class Checkpointer: Sendable {
  private let connection: DatabaseQueue
  private let thread = DispatchQueue(label: "sluice.checkpoint", qos: .utility)
  private let configuration: JournalConfiguration
  private let isBusy = Atomic<Bool>(false)
  /// Estimated growth since the last checkpoint.
  private let bytesSince = Atomic<Int64>(0)

  /// A commit changes at least the last page of the log and one above it.
  private static let bytesPerCommit: Int64 = 2 * 4_096
  /// An ended job's row, and its share of five index pages.
  private static let bytesPerEndedJob: Int64 = 1_024
  private static let pageSize = 4_096

  init(_ directory: StateDirectory, _ configuration: JournalConfiguration) throws {
    self.configuration = configuration
    var settings = Connections.configuration("sluice.checkpoint")
    // While it waits for readers the writer waits with it.
    settings.busyMode = .timeout(0.1)
    connection = try DatabaseQueue(path: directory.paths.database, configuration: settings)
    try connection.writeWithoutTransaction { db in
      try Connections.makeDurable(db)
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
    }
  }

  /// After each commit.
  func noteCommit(bytes: Int, ended: Int, orFail stop: @escaping @Sendable (String) -> Void) {
    let growth = Self.bytesPerCommit + Int64(bytes) + Int64(ended) * Self.bytesPerEndedJob
    guard bytesSince.add(growth, ordering: .relaxed).newValue >= configuration.checkpointBytes else { return }
    guard isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      return
    }
    thread.async { [self] in
      bytesSince.store(0, ordering: .relaxed)
      run(orFail: stop)
      isBusy.store(false, ordering: .releasing)
    }
  }

  /// Waits for a running checkpoint, then closes.
  func stop() { thread.sync { try? connection.close() } }

  private func run(orFail stop: (String) -> Void) {
    do {
      try connection.writeWithoutTransaction { db in
        let frames = try db.checkpoint(.passive).walFrameCount
        Failpoints.hit("journal.inCheckpoint")
        if Int64(frames * Self.pageSize) >= configuration.walLimitBytes { _ = try db.checkpoint(.truncate) }
      }
    } catch let error as DatabaseError {
      // Readers or a full disk only delay it; a failed sync is final.
      switch error.extendedResultCode {
      case .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC, .SQLITE_CORRUPT: stop("checkpoint: \(error.text)")
      default: break
      }
    } catch {
      stop("checkpoint: \(error)")
    }
  }
}
