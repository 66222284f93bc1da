/// A quantity of a resource in thousandths of its unit, never floating point.
///
/// Pods ask for `1500m` of a core; exact sums matter more than range, so arithmetic reports overflow.
public struct Amount: Hashable, Comparable, Sendable {
  public let thousandths: Int64

  @inlinable public init(thousandths: Int64) { self.thousandths = thousandths }

  /// `nil` when `units` thousandfold does not fit in 63 bits.
  @inlinable public init?(units: Int64) {
    let (product, overflow) = units.multipliedReportingOverflow(by: 1_000)
    guard !overflow else { return nil }
    thousandths = product
  }

  public static let zero = Amount(thousandths: 0)
  public static let one = Amount(thousandths: 1_000)

  @inlinable public static func < (a: Self, b: Self) -> Bool { a.thousandths < b.thousandths }

  /// `nil` on overflow.
  @inlinable public func adding(_ other: Amount) -> Amount? {
    let (sum, overflow) = thousandths.addingReportingOverflow(other.thousandths)
    return overflow ? nil : Amount(thousandths: sum)
  }

  /// `nil` on overflow.
  @inlinable public func subtracting(_ other: Amount) -> Amount? {
    let (difference, overflow) = thousandths.subtractingReportingOverflow(other.thousandths)
    return overflow ? nil : Amount(thousandths: difference)
  }

  /// Whole units, rounded down.
  public var wholeUnits: Int64 { thousandths >= 0 ? thousandths / 1_000 : -((-thousandths + 999) / 1_000) }
}
