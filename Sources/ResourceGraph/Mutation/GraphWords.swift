/// Which words a graph takes, and what formats say of those that it does not.
public enum GraphWords {
  public static let typeRule =
    "must be 1 to \(GraphLimits.maximumTypeBytes) letters, digits, \"_\", \"-\" or \".\", beginning with a letter"
  public static let nameRule =
    "must be 1 to \(GraphLimits.maximumNameBytes) printable bytes without \"/\", and neither \".\" nor \"..\""

  @inlinable
  public static func isType(_ word: some Collection<UInt8>) -> Bool {
    guard let first = word.first, isLetter(first), word.count <= GraphLimits.maximumTypeBytes else { return false }
    return word.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
  }

  @inlinable
  public static func isName(_ word: some Collection<UInt8>) -> Bool {
    guard let first = word.first, word.count <= GraphLimits.maximumNameBytes, isPlain(word),
      !word.contains(UInt8(ascii: "/"))
    else { return false }
    return first != UInt8(ascii: ".") || word.count > 2 || word.contains { $0 != UInt8(ascii: ".") }
  }

  @inlinable
  public static func isUnit(_ word: some Collection<UInt8>) -> Bool {
    word.count <= GraphLimits.maximumUnitBytes && isPlain(word)
  }

  /// Neither control bytes nor blanks.
  @inlinable
  public static func isPlain(_ word: some Collection<UInt8>) -> Bool { word.allSatisfy { $0 > 0x20 && $0 != 0x7F } }

  @inlinable
  public static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  @inlinable
  public static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// - Source: RFC 20, "properties": names exclude these characters; `=` parts key from value.
  public static func isPropertyKey(_ key: String) -> Bool {
    !key.isEmpty && key.utf8.count <= GraphLimits.maximumPropertyKeyBytes && isPlain(key.utf8)
      && !key.utf8.contains { "!&'\"^`|()=".utf8.contains($0) }
  }

  public static func isPropertyValue(_ value: String) -> Bool {
    value.utf8.count <= GraphLimits.maximumPropertyValueBytes && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }

  static func fault(in properties: [Property]) -> String? {
    guard properties.count <= GraphLimits.maximumProperties else {
      return "must be at most \(GraphLimits.maximumProperties)"
    }
    for property in properties {
      if let fault = fault(inKey: property.key) { return fault }
      if let fault = fault(inValue: property.value) { return fault }
    }
    let keys = Set(properties.map(\.key))
    return keys.count == properties.count ? nil : "must not name a key twice"
  }

  static func fault(inKey key: String) -> String? {
    guard isPropertyKey(key) else {
      return "keys must be 1 to \(GraphLimits.maximumPropertyKeyBytes) printable bytes without ! & ' \" ^ ` | ( ) ="
    }
    return GraphLimits.reservedPropertyKeys.contains(key) ? "the key \"\(key)\" is reserved" : nil
  }

  static func fault(inValue value: String) -> String? {
    isPropertyValue(value)
      ? nil : "values must be at most \(GraphLimits.maximumPropertyValueBytes) printable bytes"
  }
}
