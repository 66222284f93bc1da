/// Flux Standard Duration: a number and at most one unit.
/// - Source: RFC 23.
extension TimeSpan {
  /// No end: what `inf` means. Adding it to a moment saturates.
  public static let unlimited = TimeSpan(microseconds: .max)

  public enum ParsingError: Error, Equatable, Sendable {
    /// Not a number with one unit; `1h30m` is none.
    case malformed
    case unknownUnit
    case negative
    /// Finite, but more than 292,000 years.
    case tooLong
  }

  /// Longest text that is looked at; every sensible number is shorter.
  private static let textLimit = 64

  /// Parses `90m`, `1.5h`, `500ms`, `30` (seconds) or `inf`, which stands for `unlimited`.
  ///
  /// Numbers are decimal, with exponents but without signs, white space or hexadecimal. A length above zero never
  /// becomes zero by rounding, because zero often means "no limit".
  ///
  /// - Throws: `malformed`, `unknownUnit`, `negative`, `tooLong`.
  public init(fsd text: some StringProtocol) throws(ParsingError) {
    let bytes = Array(text.utf8.prefix(Self.textLimit + 1))
    guard !bytes.isEmpty, bytes.count <= Self.textLimit else { throw .malformed }
    let lowered = bytes.map { (65...90).contains($0) ? $0 + 32 : $0 }
    if lowered == Array("inf".utf8) || lowered == Array("infinity".utf8) {
      self = .unlimited
      return
    }
    let isNegative = bytes[0] == UInt8(ascii: "-")
    let length = Self.numberLength(bytes.dropFirst(isNegative ? 1 : 0))
    guard length > 0 else { throw .malformed }
    guard !isNegative else { throw .negative }
    let unit = try Self.unit(bytes[length...])
    guard let number = Double(String(decoding: bytes[..<length], as: UTF8.self)), number.isFinite else {
      throw .tooLong
    }
    let microseconds = (number * unit).rounded()
    guard microseconds < 0x1p63 else { throw .tooLong }
    self.init(microseconds: number > 0 ? max(1, Int64(microseconds)) : 0)
    guard self != .unlimited else { throw .tooLong }
  }

  /// Microseconds in the unit that `suffix` names.
  private static func unit(_ suffix: ArraySlice<UInt8>) throws(ParsingError) -> Double {
    switch String(decoding: suffix, as: UTF8.self) {
    case "ms": 1_000
    case "", "s": 1_000_000
    case "m": 60_000_000
    case "h": 3_600_000_000
    case "d": 86_400_000_000
    default:
      // A digit or a sign after the unit is a second term, not a unit that we lack.
      throw suffix.allSatisfy { (97...122).contains($0 | 32) } ? .unknownUnit : .malformed
    }
  }

  /// Bytes at the start that form a decimal number; zero when there is none.
  private static func numberLength(_ bytes: ArraySlice<UInt8>) -> Int {
    func digits(from index: Int) -> Int { bytes[index...].prefix { (48...57).contains($0) }.count }
    let start = bytes.startIndex
    let whole = digits(from: start)
    var end = start + whole
    var fraction = 0
    if end < bytes.endIndex, bytes[end] == UInt8(ascii: ".") {
      fraction = digits(from: end + 1)
      end += 1 + fraction
    }
    guard whole + fraction > 0 else { return 0 }
    if end < bytes.endIndex, bytes[end] | 32 == UInt8(ascii: "e") {
      var exponent = end + 1
      if exponent < bytes.endIndex, bytes[exponent] == 43 || bytes[exponent] == 45 { exponent += 1 }
      let count = digits(from: exponent)
      if count > 0 { end = exponent + count }
    }
    return end - start
  }

  /// The duration in the largest unit that divides it, such as `90m`; lengths below a millisecond have decimals.
  ///
  /// Reads back as the same length. A negative length, which has no such form, is written with its sign.
  public var fsd: String {
    guard self != .unlimited else { return "inf" }
    let sign = microseconds < 0 ? "-" : ""
    let magnitude = microseconds.magnitude
    let units: [(UInt64, String)] = [
      (86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s"),
    ]
    if magnitude == 0 { return "0s" }
    for (unit, suffix) in units where magnitude % unit == 0 { return "\(sign)\(magnitude / unit)\(suffix)" }
    var bytes = Array("\(sign)\(magnitude / 1_000)".utf8)
    if magnitude % 1_000 > 0 {
      bytes.append(UInt8(ascii: "."))
      bytes.appendDecimal(magnitude % 1_000, width: 3)
      while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
    }
    return String(decoding: bytes, as: UTF8.self) + "ms"
  }
}
