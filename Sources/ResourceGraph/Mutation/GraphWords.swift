/// Which words a graph takes.
enum GraphWords {
  static let typeRule =
    "must be 1 to \(GraphLimits.maximumTypeBytes) letters, digits, \"_\", \"-\" or \".\", beginning with a letter"
  static let nameRule =
    "must be 1 to \(GraphLimits.maximumNameBytes) printable bytes without \"/\", and neither \".\" nor \"..\""

  static func isType(_ word: String) -> Bool {
    guard let first = word.utf8.first, word.utf8.count <= GraphLimits.maximumTypeBytes, isLetter(first) else {
      return false
    }
    return word.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
  }

  static func isName(_ word: String) -> Bool {
    !word.isEmpty && word.utf8.count <= GraphLimits.maximumNameBytes && word != "." && word != ".."
      && isPlain(word) && !word.utf8.contains(0x2F)
  }

  /// Neither control bytes nor blanks.
  static func isPlain(_ word: String) -> Bool { word.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F } }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }

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

  /// - Source: RFC 20, "properties": names exclude these characters.
  static func fault(inKey key: String) -> String? {
    guard !key.isEmpty, key.utf8.count <= GraphLimits.maximumPropertyKeyBytes, isPlain(key),
      !key.contains(where: { "!&'\"^`|()=".contains($0) })
    else {
      return "keys must be 1 to \(GraphLimits.maximumPropertyKeyBytes) printable bytes without ! & ' \" ^ ` | ( ) ="
    }
    return GraphLimits.reservedPropertyKeys.contains(key) ? "the key \"\(key)\" is reserved" : nil
  }

  static func fault(inValue value: String) -> String? {
    value.utf8.count <= GraphLimits.maximumPropertyValueBytes && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
      ? nil : "values must be at most \(GraphLimits.maximumPropertyValueBytes) printable bytes"
  }
}
