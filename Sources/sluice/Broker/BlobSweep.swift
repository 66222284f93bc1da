import BrokerCore
import Dispatch
import Glibc
import Hosting
import Journal
import KeyValues
import Logging
import Persistent
import Synchronization
import Vocabulary

/// Removes blobs that no key names any more, now and then, on a thread of its own.
///
/// It looks at one committed state, history included. A blob that is younger than a day stays in any case: the key
/// that is to name it may be on its way.
final class BlobSweep: Sendable {
  private static let intervalSeconds = 600
  private static let graceSeconds: Int64 = 86_400

  private let isOver = DispatchSemaphore(value: 0)
  private let thread = Mutex<WorkerThread?>(nil)

  init(_ store: BlobStore, _ broker: Broker, _ logger: Logger) {
    let isOver = isOver
    let worker = WorkerThread("blobs") {
      while isOver.wait(timeout: .now() + .seconds(Self.intervalSeconds)) == .timedOut {
        Self.sweep(store, broker.snapshot, logger)
      }
    }
    thread.withLock { $0 = worker }
  }

  func stop() {
    isOver.signal()
    thread.withLock { $0 }?.join()
  }

  private static func sweep(_ store: BlobStore, _ state: BrokerState, _ logger: Logger) {
    let referenced = state.keyValues.referencedBlobs(instanceOwner: geteuid())
    do {
      let removed = try store.sweep(olderThan: graceSeconds, now: WallClock.now()) { digest, owner in
        referenced[owner]?.contains(digest) ?? false
      }
      if removed > 0 { logger.info("removed \(removed) blobs that no key names") }
    } catch {
      logger.error("blobs were not swept: \(error)")
    }
  }
}
