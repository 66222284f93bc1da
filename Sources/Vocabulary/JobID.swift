/// The 64-bit FLUID that names a job for ever.
///
/// `[40 bit ms since the instance's epoch | 14 bit generator | 10 bit sequence]`.
/// - Source: Flux RFC 19.
public struct JobID: Hashable, Comparable, Sendable {
  public let rawValue: UInt64

  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
