import BrokerCore
import Dispatch
import Hosting
import Journal
import Logging
import Synchronization

/// Writes snapshots when the journal says that one is due, on a thread of its own, and then lets the log go
/// that nobody needs any more.
final class SnapshotWriter: Sendable {
  private let journal: Journal
  private let logger: Logger
  private let bell = Bell()
  private let isOver = Atomic<Bool>(false)
  private let thread = Mutex<WorkerThread?>(nil)

  init(journal: Journal, logger: Logger) {
    self.journal = journal
    self.logger = logger
  }

  func begin(_ state: @escaping @Sendable () -> BrokerState) {
    thread.withLock { $0 = WorkerThread("snapshot") { [self] in run(state) } }
  }

  /// Called after each commit.
  func lookAtNeed() { if journal.isSnapshotDue { bell.ring() } }

  func finish() {
    isOver.store(true, ordering: .releasing)
    bell.ring()
    thread.withLock { $0 }?.join()
  }

  private func run(_ state: () -> BrokerState) {
    while true {
      bell.wait()
      if isOver.load(ordering: .acquiring) { return }
      guard journal.isSnapshotDue else { continue }
      do {
        try journal.writeSnapshot(of: state())
        while try journal.pruneStep(), !isOver.load(ordering: .acquiring) {}
      } catch {
        // The log still has everything; the next commit asks again.
        logger.error("a snapshot was not written: \(error)")
      }
    }
  }
}
