/// A SHA-256 digest, as a plain value.
///
/// The core never computes one: the function is handed to it.
public struct Digest: Hashable, Comparable, Sendable {
  public let words: (UInt64, UInt64, UInt64, UInt64)

  @inlinable public init(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) { words = (a, b, c, d) }

  /// - Parameter bytes: exactly 32, big-endian words.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    var values: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in bytes.enumerated() { values[index / 8] = values[index / 8] << 8 | UInt64(byte) }
    words = (values[0], values[1], values[2], values[3])
  }

  public var bytes: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(32)
    for word in [words.0, words.1, words.2, words.3] {
      for shift in stride(from: 56, through: 0, by: -8) {
        result.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return result
  }

  /// - Parameter hex: 64 lower-case hexadecimal digits.
  public init?(hex: some StringProtocol) {
    let digits = Array(hex.utf8)
    guard digits.count == 64 else { return nil }
    var values: [UInt64] = [0, 0, 0, 0]
    for (index, digit) in digits.enumerated() {
      switch digit {
      case 48...57: values[index / 16] = values[index / 16] << 4 | UInt64(digit - 48)
      case 97...102: values[index / 16] = values[index / 16] << 4 | UInt64(digit - 87)
      default: return nil
      }
    }
    words = (values[0], values[1], values[2], values[3])
  }

  /// 64 lower-case hexadecimal digits.
  public var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  @inlinable public static func == (a: Self, b: Self) -> Bool { a.words == b.words }
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.words < b.words }
  @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
