import Glibc

/// Processor time of this thread that something took, each time it was done: whatever else the machine does does not
/// count.
struct TimeTally {
  private(set) var count = 0
  private(set) var total = Duration.zero
  private var least: Duration?
  private var most = Duration.zero

  mutating func add(_ time: Duration) {
    count += 1
    total += time
    least = least.map { min($0, time) } ?? time
    most = max(most, time)
  }

  /// Runs what is to be measured, whether it throws or not.
  mutating func measure<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    let start = Self.now()
    defer { add(Self.now() - start) }
    return try body()
  }

  private static func now() -> Duration {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// Microseconds with one decimal.
  var text: String {
    guard count > 0 else { return "0" }
    return "\(count), µs: total \(Self.microseconds(total)), mean \(Self.microseconds(total / count)), "
      + "min \(Self.microseconds(least ?? .zero)), max \(Self.microseconds(most))"
  }

  static func microseconds(_ time: Duration) -> String {
    let (seconds, attoseconds) = time.components
    let tenths = seconds * 10_000_000 + attoseconds / 100_000_000_000
    return "\(tenths / 10).\(tenths % 10)"
  }
}
