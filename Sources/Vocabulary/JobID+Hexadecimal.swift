/// The decimal and the two hexadecimal forms.
/// - Source: RFC 19, "Representation".
extension JobID {
  public var decimal: String { String(rawValue) }

  /// `0x` and as many digits as it takes.
  public var hex: String { "0x" + String(rawValue, radix: 16) }

  /// Four groups of four digits, as in keys of the KVS.
  public var dothex: String {
    stride(from: UInt64(48), through: 0, by: -16).map { shift in
      let digits = String(rawValue >> shift & 0xFFFF, radix: 16)
      return String(repeating: "0", count: 4 - digits.count) + digits
    }.joined(separator: ".")
  }

  /// - Parameter digits: of one to `limit` places, in either case.
  static func hexValue(_ digits: some Collection<UInt8>, limit: Int) -> UInt64? {
    guard !digits.isEmpty, digits.count <= limit else { return nil }
    var number: UInt64 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - 48)
      case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - 87)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): number = number << 4 | UInt64(digit - 55)
      default: return nil
      }
    }
    return number
  }

  static func dothexValue(_ text: some Collection<UInt8>) -> UInt64? {
    let groups = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard groups.count == 4 else { return nil }
    var number: UInt64 = 0
    for group in groups {
      guard let value = hexValue(group, limit: 4) else { return nil }
      number = number << 16 | value
    }
    return number
  }
}
