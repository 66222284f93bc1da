import Dispatch
import Synchronization

/// Wakes one waiting thread; rings before it waits are remembered once, however many.
public final class Bell: Sendable {
  private let isRung = Atomic<Bool>(false)
  private let semaphore = DispatchSemaphore(value: 0)

  public init() {}

  public func ring() {
    if !isRung.exchange(true, ordering: .acquiringAndReleasing) { semaphore.signal() }
  }

  public func wait() {
    semaphore.wait()
    isRung.store(false, ordering: .releasing)
  }

  /// - Returns: whether it rang; `false` after `milliseconds` without.
  @discardableResult
  public func wait(milliseconds: Int) -> Bool {
    guard semaphore.wait(timeout: .now() + .milliseconds(milliseconds)) == .success else { return false }
    isRung.store(false, ordering: .releasing)
    return true
  }
}
