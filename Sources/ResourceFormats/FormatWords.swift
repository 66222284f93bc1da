import ResourceGraph

/// How faults of formats speak of words; which are taken is the graph's matter.
enum FormatWords {
  static let givenNameRule =
    "must be letters, digits, \"-\", \"_\" or \".\", not beginning with \"-\", unless it is the basename and the id"
  static let unitRule = "must be at most \(GraphLimits.maximumUnitBytes) printable bytes"
  static let sizeRule = "must be a whole number from 1 to \(FormatLimits.maximumSize)"
  static let idRule = "must be a whole number from 0 to \(GraphLimits.maximumID)"
  static let rankRule = "must be -1 for none, or a whole number up to \(ResourceGraph.maximumVertices)"
  static let propertyKeyRule =
    "must be 1 to \(GraphLimits.maximumPropertyKeyBytes) printable bytes without ! & ' \" ^ ` | ( ) ="
  static let propertyValueRule = "must be at most \(GraphLimits.maximumPropertyValueBytes) printable bytes"

  /// Whether a host list can hold the name, and the graph takes it.
  static func isGivenName(_ word: some Collection<UInt8>) -> Bool {
    guard let first = word.first, first != UInt8(ascii: "-"), GraphWords.isName(word) else { return false }
    return word.allSatisfy {
      GraphWords.isLetter($0) || GraphWords.isDigit($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
    }
  }

  static func fault(ofPropertyKey key: String) -> String? {
    guard GraphWords.isPropertyKey(key) else { return propertyKeyRule }
    return GraphLimits.reservedPropertyKeys.contains(key) ? "is a reserved property key" : nil
  }

  static func fault(ofPropertyValue value: String) -> String? {
    GraphWords.isPropertyValue(value) ? nil : propertyValueRule
  }
}
