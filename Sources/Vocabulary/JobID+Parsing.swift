extension JobID {
  /// Longest text that is looked at: the words form takes 48 bytes, the rest is white space.
  static let textLimit = 128

  /// Parses any written form of an id, white space around it ignored.
  ///
  /// The form is told by the text itself, in the order of RFC 19; what overflows 64 bits or has a stray character is
  /// refused. Decimal numbers have no leading zeros, so that nobody reads them as octal.
  public init?(parsing text: some StringProtocol) {
    guard text.utf8.count <= Self.textLimit else { return nil }
    self.init(parsingBytes: Array(text.utf8))
  }

  init?(parsingBytes bytes: [UInt8]) {
    func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
    guard let first = bytes.firstIndex(where: { !isSpace($0) }),
      let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return nil }
    let text = bytes[first...last]
    let number: UInt64?
    if text.contains(UInt8(ascii: ".")) {
      number = Self.dothexValue(text)
    } else if text.contains(UInt8(ascii: "-")) {
      number = Self.wordsValue(text)
    } else if text.starts(with: [0xC6, 0x92]) {  // U+0192
      number = Self.f58Value(text.dropFirst(2))
    } else if text.first == UInt8(ascii: "f") {
      number = Self.f58Value(text.dropFirst())
    } else if text.starts(with: [0xF0, 0x9F]) {
      number = Self.emojiValue(text)
    } else if text.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")]) {
      number = Self.hexValue(text.dropFirst(2), limit: 16)
    } else {
      number = strictDecimalNumber(text)
    }
    guard let number else { return nil }
    self.init(number)
  }
}
