import Vocabulary

extension ResourceCount {
  /// Reads a range such as `2-8:2:+`, `1-4` or `4+`, or a set such as `1-4,8`; brackets may stand around either.
  ///
  /// What is both, such as `1-4`, becomes a range: it is the same counts, and a range has no upper limit for its
  /// numbers. `nil` when it is neither, or when its numbers break RFC 14's rules.
  /// - Source: RFC 45 and RFC 22.
  public init?(parsing text: some StringProtocol) {
    let bytes = Array(text.utf8)
    if let range = Self.range(bytes[...]) {
      self = range
    } else if let set = try? Idset(parsing: text), let first = set.first, first > 0 {
      self = .set(set)
    } else {
      return nil
    }
  }

  private static func range(_ text: ArraySlice<UInt8>) -> ResourceCount? {
    var text = text
    if text.first == UInt8(ascii: "[") {
      guard text.count >= 2, text.last == UInt8(ascii: "]") else { return nil }
      text = text.dropFirst().dropLast()
    }
    let fields = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard fields.count <= 3, let (minimum, maximum) = ends(fields[0]) else { return nil }
    let operand = fields.count > 1 ? positive(fields[1]) : 1
    let step = fields.count > 2 ? Step(rawValue: String(decoding: fields[2], as: UTF8.self)) : .add
    guard let operand, let step else { return nil }
    let range = ResourceCount.range(minimum: minimum, maximum: maximum, step: step, operand: operand)
    return range.isWellFormed ? range : nil
  }

  /// `2-8` or `4+`.
  private static func ends(_ text: ArraySlice<UInt8>) -> (minimum: Int64, maximum: Int64?)? {
    if text.last == UInt8(ascii: "+") { return positive(text.dropLast()).map { ($0, nil) } }
    let ends = text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard ends.count == 2, let minimum = positive(ends[0]), let maximum = positive(ends[1]) else { return nil }
    return (minimum, maximum)
  }

  /// Decimal digits without a leading zero.
  private static func positive(_ digits: ArraySlice<UInt8>) -> Int64? {
    guard digits.count <= 19, digits.first != 48, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int64(String(decoding: digits, as: UTF8.self))
  }
}
