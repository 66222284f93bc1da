import Glibc

/// A long wait made of requests that the broker lets wait for a minute at most.
final class PatientWait {
  /// `nil` waits for ever.
  private let deadline: Double?

  init(_ seconds: Double?) { deadline = seconds.map { Self.now + $0 } }

  /// In seconds, as a query takes it: the next request's share of what is left.
  var nextTimeout: String {
    let left = deadline.map { max(0, $0 - Self.now) } ?? .infinity
    // Whole milliseconds: an exponent would be no time to the broker.
    let milliseconds = Int(min(left, BrokerClient.longestWait) * 1_000)
    return "\(milliseconds)ms"
  }

  var isOver: Bool { deadline.map { Self.now >= $0 } ?? false }

  private static var now: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
