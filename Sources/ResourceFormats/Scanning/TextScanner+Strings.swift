extension TextScanner {
  /// A string; its bytes are valid UTF-8 without NUL.
  mutating func text() throws(FormatError) -> ScannedText {
    let text = try scannedText()
    skipBlanks()
    return text
  }

  /// A member's name and the colon after it.
  mutating func memberName() throws(FormatError) -> ScannedText {
    let text = try text()
    try take(UInt8(ascii: ":"))
    return text
  }

  private mutating func scannedText() throws(FormatError) -> ScannedText {
    guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw malformed("a string is expected") }
    let start = index + 1
    var next = start
    while next < bytes.count {
      let byte = bytes[next]
      if byte == UInt8(ascii: "\"") {
        index = next + 1
        return ScannedText(range: start..<next, isDecoded: false)
      }
      if byte == UInt8(ascii: "\\") { return try escapedText(from: start, plainUntil: next) }
      guard byte >= 0x20 else { throw malformed("a string must not hold control characters", at: next) }
      next += byte < 0x80 ? 1 : try characterLength(at: next)
    }
    throw malformed("a string does not end", at: start)
  }

  /// The rest of a string from its first escape on.
  private mutating func escapedText(from start: Int, plainUntil escape: Int) throws(FormatError) -> ScannedText {
    let first = decoded.count
    decoded.append(contentsOf: bytes[start..<escape])
    index = escape
    while index < bytes.count {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        return ScannedText(range: first..<decoded.count, isDecoded: true)
      case UInt8(ascii: "\\"): try escapeSequence()
      case 0x00..<0x20: throw malformed("a string must not hold control characters")
      default:
        let length = byte < 0x80 ? 1 : try characterLength(at: index)
        decoded.append(contentsOf: bytes[index..<(index + length)])
        index += length
      }
    }
    throw malformed("a string does not end", at: start)
  }

  private mutating func escapeSequence() throws(FormatError) {
    guard index + 1 < bytes.count else { throw malformed("a string does not end") }
    let letter = bytes[index + 1]
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(letter)
    case UInt8(ascii: "b"): decoded.append(0x08)
    case UInt8(ascii: "f"): decoded.append(0x0C)
    case UInt8(ascii: "n"): decoded.append(0x0A)
    case UInt8(ascii: "r"): decoded.append(0x0D)
    case UInt8(ascii: "t"): decoded.append(0x09)
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw malformed("an unknown escape")
    }
    index += 2
  }

  private mutating func unicodeEscape() throws(FormatError) {
    var code = try hexadecimal(at: index + 2)
    var length = 6
    if (0xD800..<0xDC00).contains(code), index + 7 < bytes.count, bytes[index + 6] == UInt8(ascii: "\\"),
      bytes[index + 7] == UInt8(ascii: "u")
    {
      let low = try hexadecimal(at: index + 8)
      guard (0xDC00..<0xE000).contains(low) else { throw malformed("half a surrogate pair") }
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
      length = 12
    }
    guard code > 0 else { throw malformed("a string must not hold NUL") }
    guard let scalar = UnicodeScalar(code) else { throw malformed("half a surrogate pair") }
    decoded.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
    index += length
  }

  private func hexadecimal(at offset: Int) throws(FormatError) -> UInt32 {
    guard offset + 4 <= bytes.count else { throw malformed("a string does not end") }
    var value: UInt32 = 0
    for byte in bytes[offset..<(offset + 4)] {
      switch byte {
      case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
      case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
      default: throw malformed("an escape has four hexadecimal digits")
      }
    }
    return value
  }

  /// Bytes of the character here, whose first one is not ASCII.
  /// - Source: RFC 3629, section 4.
  private func characterLength(at offset: Int) throws(FormatError) -> Int {
    let first = bytes[offset]
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch first {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: throw malformed("the text is not UTF-8", at: offset)
    }
    guard offset + length <= bytes.count, second.contains(bytes[offset + 1]),
      bytes[(offset + 2)..<(offset + length)].allSatisfy({ (0x80...0xBF).contains($0) })
    else { throw malformed("the text is not UTF-8", at: offset) }
    return length
  }
}
