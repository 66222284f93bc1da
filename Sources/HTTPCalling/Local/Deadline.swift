import Glibc

/// A moment by which something has to have happened.
struct Deadline {
  private let end: Int

  init(milliseconds: Int) { end = Self.now + milliseconds }

  /// As `poll` takes it.
  var millisecondsLeft: Int32 { Int32(clamping: max(0, end - Self.now)) }
  var isOver: Bool { Self.now >= end }

  private static var now: Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
  }
}
