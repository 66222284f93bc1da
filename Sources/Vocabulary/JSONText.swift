/// The bytes that JSON text is made of.
/// - Source: RFC 8259.
extension [UInt8] {
  /// Appends `text` in quotes, with quotation marks, backslashes and control characters escaped.
  ///
  /// Everything else stays as it is: a Swift string is always valid UTF-8.
  @inlinable
  public mutating func appendJSON(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      guard unsafe utf8.isPlainJSON else { return unsafe appendEscaped(utf8) }
      appendBytes(atMost: utf8.count + 2) {
        unsafe $0.put(UInt8(ascii: "\"")).put(utf8).put(UInt8(ascii: "\""))
      }
    }
  }

  /// The slow way, for text that has something to escape.
  @usableFromInline
  mutating func appendEscaped(_ utf8: UnsafeBufferPointer<UInt8>) {
    append(UInt8(ascii: "\""))
    var plain = 0
    for index in utf8.indices {
      let byte = unsafe utf8[index]
      if byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") { continue }
      unsafe append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plain..<index]))
      appendEscape(byte)
      plain = index + 1
    }
    unsafe append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plain...]))
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
    appendBytes(atMost: 20) { unsafe $0.put(number) }
  }

  /// Appends the shortest digits that read back as the same number, always with a point or an exponent so that a real
  /// stays a real; what JSON cannot write (not a number, infinity) is `null`.
  public mutating func appendJSON(_ number: Double) {
    guard number.isFinite else { return appendJSON(literal: "null") }
    // Small whole numbers, such as most durations, need no search for the shortest digits.
    if number == number.rounded(.towardZero), number.magnitude < 1e9, number != 0 {
      return appendBytes(atMost: 24) { unsafe $0.put(Int64(number)).put(".0") }
    }
    var text = number.description
    text.withUTF8 { utf8 in appendBytes(atMost: utf8.count) { unsafe $0.put(utf8) } }
  }

  @inlinable
  public mutating func appendJSON(_ truth: Bool) { appendJSON(literal: truth ? "true" : "false") }

  @inlinable
  mutating func appendJSON(literal: StaticString) {
    appendBytes(atMost: literal.utf8CodeUnitCount) { unsafe $0.put(literal) }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether JSON text may hold these bytes as they are: no quotation mark, backslash or control character.
  ///
  /// Looks at eight bytes at a time; a byte whose top bit is set is part of a longer character, and plain.
  @usableFromInline
  var isPlainJSON: Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var index = 0
    while index + 8 <= count {
      let word = unsafe UnsafeRawBufferPointer(self).loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      let found = (word &- ones &* 0x20) & ~word | (quote &- ones) & ~quote | (backslash &- ones) & ~backslash
      guard found & (ones &* 0x80) == 0 else { return false }
      index += 8
    }
    while index < count {
      let byte = unsafe self[index]
      guard byte >= 0x20, byte != 0x22, byte != 0x5C else { return false }
      index += 1
    }
    return true
  }
}
