/// A moment: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct Timestamp: Hashable, Comparable, Sendable {
  public let microseconds: Int64

  @inlinable public init(microseconds: Int64) { self.microseconds = microseconds }

  @inlinable public static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }

  /// Saturates instead of overflowing.
  @inlinable public func advanced(by span: TimeSpan) -> Timestamp {
    let (sum, overflow) = microseconds.addingReportingOverflow(span.microseconds)
    return Timestamp(microseconds: overflow ? (span.microseconds < 0 ? .min : .max) : sum)
  }

  /// From `earlier` to here; saturates.
  @inlinable public func since(_ earlier: Timestamp) -> TimeSpan {
    let (difference, overflow) = microseconds.subtractingReportingOverflow(earlier.microseconds)
    return TimeSpan(microseconds: overflow ? (microseconds < 0 ? .min : .max) : difference)
  }

  /// Seconds since 1970, as Flux eventlogs write them.
  public var seconds: Double { Double(microseconds) / 1_000_000 }
}
