/// A length of time in whole microseconds.
public struct TimeSpan: Hashable, Comparable, Sendable {
  public let microseconds: Int64

  @inlinable public init(microseconds: Int64) { self.microseconds = microseconds }

  public static let zero = TimeSpan(microseconds: 0)

  public static func milliseconds(_ count: Int64) -> TimeSpan { TimeSpan(microseconds: count * 1_000) }
  /// - Precondition: within 292,000 years; for what comes from outside there is `init(fsd:)` and `JSONValue.span`.
  public static func seconds(_ count: Int64) -> TimeSpan { TimeSpan(microseconds: count * 1_000_000) }

  @inlinable public static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }

  public var seconds: Double { Double(microseconds) / 1_000_000 }
}
