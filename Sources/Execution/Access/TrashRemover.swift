import CProcess
import Glibc
import Synchronization

/// Removes directory trees on a thread of its own: a job may leave a million files, and the shepherd has no time.
///
/// The thread does nothing else; in particular it starts no process, so the shepherd's children stay those of its
/// first thread.
final class TrashRemover: Sendable {
  private let shared = Mutex(Shared())
  private let pipe = WakePipe()

  private struct Shared {
    var paths: [String] = []
    var count = 0
    var isRunning = false
  }

  /// How many trees were given so far.
  var count: Int { shared.withLock { $0.count } }

  func remove(_ path: String) {
    let mustStart = shared.withLock { shared in
      shared.paths.append(path)
      shared.count += 1
      defer { shared.isRunning = true }
      return !shared.isRunning
    }
    if mustStart { _ = WorkerThread { self.run() } }
    pipe.wake()
  }

  private func run() {
    while true {
      let next = shared.withLock { $0.paths.popLast() }
      if let next { unsafe sluice_remove_tree(next) } else { pipe.wait(milliseconds: -1) }
    }
  }
}
