import ResourceGraph

extension TextScanner {
  /// A number in RFC 8259's grammar.
  ///
  /// - Throws: also when an integer leaves 64 bits, or a real is infinite: no reader could tell what was meant.
  mutating func number() throws(FormatError) -> ScannedNumber {
    let start = index
    let isNegative = index < bytes.count && bytes[index] == UInt8(ascii: "-")
    if isNegative { index += 1 }
    var magnitude: UInt64 = 0
    var overflows = false
    let digits = index
    while index < bytes.count, GraphWords.isDigit(bytes[index]) {
      let (tens, tooMuch) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, tooMany) = tens.addingReportingOverflow(UInt64(bytes[index] - 0x30))
      overflows = overflows || tooMuch || tooMany
      magnitude = sum
      index += 1
    }
    guard index > digits, bytes[digits] != 0x30 || index == digits + 1 else { throw malformed("a number is expected") }
    if index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): return try real(from: start)
      default: break
      }
    }
    let integer = isNegative ? Int64(exactly: -Int128(magnitude)) : Int64(exactly: magnitude)
    guard !overflows, let integer else { throw malformed("a number is out of range", at: start) }
    skipBlanks()
    return .integer(integer)
  }

  /// The rest of a number after its integer digits.
  private mutating func real(from start: Int) throws(FormatError) -> ScannedNumber {
    if bytes[index] == UInt8(ascii: ".") {
      index += 1
      try digits()
    }
    if index < bytes.count, bytes[index] == UInt8(ascii: "e") || bytes[index] == UInt8(ascii: "E") {
      index += 1
      if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
      try digits()
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    guard let value = Double(text), value.isFinite else { throw malformed("a number is out of range", at: start) }
    skipBlanks()
    return .real(value)
  }

  private mutating func digits() throws(FormatError) {
    let start = index
    while index < bytes.count, GraphWords.isDigit(bytes[index]) { index += 1 }
    guard index > start else { throw malformed("a digit is expected") }
  }
}
