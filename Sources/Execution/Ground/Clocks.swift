import Glibc
import Vocabulary

/// Microseconds since boot, without the time that the machine slept: for limits, never for records.
struct MonotonicTime: Hashable, Comparable {
  let microseconds: Int64

  static var now: MonotonicTime { MonotonicTime(microseconds: clockMicroseconds(CLOCK_MONOTONIC)) }

  /// Saturates instead of overflowing.
  func advanced(by span: TimeSpan) -> MonotonicTime {
    let (sum, overflow) = microseconds.addingReportingOverflow(span.microseconds)
    return MonotonicTime(microseconds: overflow ? .max : sum)
  }

  static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }

  /// From `other` to here in whole milliseconds, rounded up, as `poll` wants its timeout; never negative.
  func millisecondsSince(_ other: MonotonicTime) -> Int32 {
    guard microseconds > other.microseconds else { return 0 }
    return Int32(clamping: (microseconds - other.microseconds).advanced(by: 999) / 1_000)
  }
}

extension Timestamp {
  /// The wall clock.
  static var now: Timestamp { Timestamp(microseconds: clockMicroseconds(CLOCK_REALTIME)) }
}

private func clockMicroseconds(_ clock: clockid_t) -> Int64 {
  var time = timespec()
  unsafe clock_gettime(clock, &time)
  return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
}
