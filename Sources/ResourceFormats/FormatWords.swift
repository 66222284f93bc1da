/// Which words the resource graph takes, and how a fault says so.
enum FormatWords {
  static let hostType = "node"

  static let typeRule =
    "must be 1 to \(FormatLimits.maximumTypeBytes) letters, digits, \"_\", \"-\" or \".\", beginning with a letter"
  static let nameRule =
    "must be 1 to \(FormatLimits.maximumNameBytes) printable bytes without \"/\", and neither \".\" nor \"..\""
  static let givenNameRule =
    "must be letters, digits, \"-\", \"_\" or \".\", not beginning with \"-\", unless it is the basename and the id"
  static let unitRule = "must be at most \(FormatLimits.maximumUnitBytes) printable bytes"
  static let sizeRule = "must be a whole number from 1 to \(FormatLimits.maximumSize)"
  static let idRule = "must be a whole number from 0 to \(FormatLimits.maximumID)"
  static let rankRule = "must be -1 for none, or a whole number up to \(FormatLimits.maximumVertices)"
  static let propertyKeyRule =
    "must be 1 to \(FormatLimits.maximumPropertyKeyBytes) printable bytes without ! & ' \" ^ ` | ( ) ="
  static let propertyValueRule = "must be at most \(FormatLimits.maximumPropertyValueBytes) printable bytes"

  /// Keys that mean something else in the API.
  private static let reservedPropertyKeys: Set<String> = ["tenant", "status", "alloc", "__proto__"]

  static func isType(_ word: some Collection<UInt8>) -> Bool {
    guard let first = word.first, isLetter(first), word.count <= FormatLimits.maximumTypeBytes else { return false }
    return word.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
  }

  static func isName(_ word: some Collection<UInt8>) -> Bool {
    guard let first = word.first, word.count <= FormatLimits.maximumNameBytes, isPlain(word),
      !word.contains(UInt8(ascii: "/"))
    else { return false }
    return first != UInt8(ascii: ".") || word.count > 2 || word.contains { $0 != UInt8(ascii: ".") }
  }

  /// Whether a host list can hold the name, and the graph takes it.
  static func isGivenName(_ word: some Collection<UInt8>) -> Bool {
    guard let first = word.first, first != UInt8(ascii: "-"), isName(word) else { return false }
    return word.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
  }

  static func isUnit(_ word: some Collection<UInt8>) -> Bool {
    word.count <= FormatLimits.maximumUnitBytes && isPlain(word)
  }

  /// Neither control bytes nor blanks.
  static func isPlain(_ word: some Collection<UInt8>) -> Bool { word.allSatisfy { $0 > 0x20 && $0 != 0x7F } }

  static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// - Source: RFC 20, "properties": names exclude these characters; `=` parts key from value.
  static func fault(ofPropertyKey key: String) -> String? {
    guard !key.isEmpty, key.utf8.count <= FormatLimits.maximumPropertyKeyBytes, isPlain(key.utf8),
      !key.utf8.contains(where: { "!&'\"^`|()=".utf8.contains($0) })
    else { return propertyKeyRule }
    return reservedPropertyKeys.contains(key) ? "is a reserved property key" : nil
  }

  static func fault(ofPropertyValue value: String) -> String? {
    value.utf8.count <= FormatLimits.maximumPropertyValueBytes && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
      ? nil : propertyValueRule
  }
}
