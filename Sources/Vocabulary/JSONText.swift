/// The bytes that JSON text is made of.
/// - Source: RFC 8259.
extension [UInt8] {
  /// Appends `text` in quotes, with quotation marks, backslashes and control characters escaped.
  ///
  /// Everything else stays as it is: a Swift string is always valid UTF-8.
  public mutating func appendJSON(_ text: String) {
    var text = text
    append(UInt8(ascii: "\""))
    text.withUTF8 { utf8 in
      var plain = 0
      for index in utf8.indices {
        let byte = unsafe utf8[index]
        if byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") { continue }
        unsafe append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plain..<index]))
        appendEscape(byte)
        plain = index + 1
      }
      unsafe append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plain...]))
    }
    append(UInt8(ascii: "\""))
  }

  /// Appends the escape of a quotation mark, a backslash or a control character.
  private mutating func appendEscape(_ byte: UInt8) {
    append(UInt8(ascii: "\\"))
    switch byte {
    case 0x08: append(UInt8(ascii: "b"))
    case 0x09: append(UInt8(ascii: "t"))
    case 0x0A: append(UInt8(ascii: "n"))
    case 0x0C: append(UInt8(ascii: "f"))
    case 0x0D: append(UInt8(ascii: "r"))
    case 0x00..<0x20:
      append(contentsOf: [UInt8(ascii: "u"), 48, 48, 48 + (byte >> 4)])
      append((byte & 15) < 10 ? 48 + (byte & 15) : 87 + (byte & 15))
    default: append(byte)
    }
  }

  @inlinable
  public mutating func appendJSON(_ number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    appendDecimal(number.magnitude)
  }

  /// Appends the shortest digits that read back as the same number, always with a point or an exponent so that a real
  /// stays a real; what JSON cannot write (not a number, infinity) is `null`.
  public mutating func appendJSON(_ number: Double) {
    guard number.isFinite else { return appendJSON(literal: "null") }
    append(contentsOf: number.description.utf8)
  }

  @inlinable
  public mutating func appendJSON(_ truth: Bool) { appendJSON(literal: truth ? "true" : "false") }

  @inlinable
  mutating func appendJSON(literal: StaticString) {
    literal.withUTF8Buffer { unsafe append(contentsOf: $0) }
  }
}
