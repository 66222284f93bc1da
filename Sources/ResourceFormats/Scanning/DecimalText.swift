import ResourceGraph

/// Digits of ids and counts.
enum DecimalText {
  /// The value of a decimal number without sign or needless zeros; `nil` for anything else, or above 18 digits.
  static func value(_ digits: some Collection<UInt8>) -> Int64? {
    guard let first = digits.first, digits.count <= 18, first != UInt8(ascii: "0") || digits.count == 1 else {
      return nil
    }
    var value: Int64 = 0
    for digit in digits {
      guard GraphWords.isDigit(digit) else { return nil }
      value = value * 10 + Int64(digit - 0x30)
    }
    return value
  }
}
