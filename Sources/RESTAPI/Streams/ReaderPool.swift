import Dispatch
import Hosting
import Synchronization

/// Threads for reads that touch the disk, so that no HTTP thread ever does.
final class ReaderPool: Sendable {
  static let threadCount = 2
  /// Reads that wait; full is 503.
  static let limit = 1_024

  private let waiting = Mutex<(jobs: [@Sendable () -> Void], isOver: Bool)>(([], false))
  private let count = DispatchSemaphore(value: 0)
  private let threads = Mutex<[WorkerThread]>([])

  init() {
    threads.withLock { threads in
      threads = (0..<Self.threadCount).map { number in WorkerThread("read-\(number)") { [self] in run() } }
    }
  }

  /// - Returns: whether it was taken.
  func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
    let isTaken = waiting.withLock { waiting in
      guard !waiting.isOver, waiting.jobs.count < Self.limit else { return false }
      waiting.jobs.append(job)
      return true
    }
    if isTaken { count.signal() }
    return isTaken
  }

  func stop() {
    waiting.withLock { $0.isOver = true }
    for _ in 0..<Self.threadCount { count.signal() }
    for thread in threads.withLock({ $0 }) { thread.join() }
  }

  private func run() {
    while true {
      count.wait()
      let next: (@Sendable () -> Void)?? = waiting.withLock { waiting in
        if !waiting.jobs.isEmpty { return .some(waiting.jobs.removeFirst()) }
        return waiting.isOver ? .none : .some(nil)
      }
      guard let job = next else { return }
      job?()
    }
  }
}
