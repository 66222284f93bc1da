import Glibc
import Synchronization

/// Monotonic milliseconds, refreshed by the reaper: deadlines need no system call per request.
final class CoarseClock: Sendable {
  private let cached: Atomic<UInt64>

  init() { cached = Atomic(Self.now()) }

  /// At most one tick of the reaper old.
  var milliseconds: UInt64 { cached.load(ordering: .relaxed) }

  @discardableResult func refresh() -> UInt64 {
    let now = Self.now()
    cached.store(now, ordering: .relaxed)
    return now
  }

  private static func now() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
  }
}
