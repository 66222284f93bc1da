/// Walks JSON text once, without building a tree of it.
///
/// As strict as RFC 8259 and stricter: names are unique, no NUL, no lone surrogates, no overlong UTF-8, nesting and
/// numbers have limits. Every method that reads a value also skips the white space after it.
struct TextScanner {
  enum Kind {
    case object
    case array
    case string
    case number
    /// `true`, `false` or `null`.
    case literal
  }

  let bytes: [UInt8]
  var index = 0
  /// Strings with escapes, decoded; emptied by `forgetDecoded`.
  var decoded: [UInt8] = []

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func malformed(_ message: String, at offset: Int? = nil) -> FormatError {
    .malformed(offset: offset ?? index, message: message)
  }

  mutating func skipBlanks() {
    while index < bytes.count {
      let byte = bytes[index]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      index += 1
    }
  }

  /// What begins here.
  func kind() throws(FormatError) -> Kind {
    guard index < bytes.count else { throw malformed("the text ends too early") }
    switch bytes[index] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "-"), 0x30...0x39: return .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): return .literal
    default: throw malformed("a value is expected")
    }
  }

  /// Takes one byte of punctuation.
  mutating func take(_ byte: UInt8) throws(FormatError) {
    guard index < bytes.count, bytes[index] == byte else {
      throw malformed("\"\(Character(UnicodeScalar(byte)))\" is expected")
    }
    index += 1
    skipBlanks()
  }

  /// Whether the bracket that was opened is closed at once; if so it is taken.
  mutating func takesIfNext(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    skipBlanks()
    return true
  }

  /// After an element or member: whether another one follows.
  mutating func hasMore(until closing: UInt8) throws(FormatError) -> Bool {
    if takesIfNext(UInt8(ascii: ",")) { return true }
    try take(closing)
    return false
  }

  /// `true` or `false`; `nil` for `null`.
  mutating func literal() throws(FormatError) -> Bool? {
    for (word, value) in [("true", true), ("false", false), ("null", nil)] as [(StaticString, Bool?)] {
      let end = index + word.utf8CodeUnitCount
      guard end <= bytes.count, bytes[index..<end].elementsEqual(word.description.utf8) else { continue }
      index = end
      skipBlanks()
      return value
    }
    throw malformed("a value is expected")
  }

  func slice(_ text: ScannedText) -> ArraySlice<UInt8> {
    text.isDecoded ? decoded[text.range] : bytes[text.range]
  }

  func string(_ text: ScannedText) -> String { String(decoding: slice(text), as: UTF8.self) }

  /// Strings that were scanned before are not asked for again.
  mutating func forgetDecoded() { decoded.removeAll(keepingCapacity: true) }

  /// - Throws: when anything but white space is left.
  mutating func finish() throws(FormatError) {
    skipBlanks()
    guard index == bytes.count else { throw malformed("nothing may follow the value") }
  }
}
