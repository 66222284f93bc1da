extension Hostlist {
  public enum ParsingError: Error, Equatable, Sendable {
    /// A bracket, comma or hyphen out of place, an empty expression, a range that falls.
    case malformed
    /// A character that host names do not have.
    case invalidCharacter
    /// `[01-003]`: numbers are filled up to different widths.
    case widthsDiffer
    /// A number of more than 18 digits.
    case numberTooLarge
    case nameTooLong
    case tooManyHosts
  }

  /// Most digits that are sure to fit in 63 bits.
  private static let digitLimit = 18

  /// Parses `prefix[idlist]suffix,…`; the empty text is the empty list.
  ///
  /// The number of hosts is checked before any name is made. Stricter than RFC 29 in the characters of names, which
  /// are letters, digits, `-`, `_` and `.`, not beginning with `-`, so that a name can never be an option or a
  /// command to a program that is handed it.
  ///
  /// - Throws: the first fault.
  public init(parsing text: some StringProtocol) throws(ParsingError) {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty else { return }
    var start = 0
    var inBrackets = false
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "["):
        guard !inBrackets else { throw .malformed }
        inBrackets = true
      case UInt8(ascii: "]"):
        guard inBrackets else { throw .malformed }
        inBrackets = false
      case UInt8(ascii: ",") where !inBrackets:
        try appendExpression(bytes[start..<index])
        start = index + 1
      default: break
      }
    }
    guard !inBrackets else { throw .malformed }
    try appendExpression(bytes[start...])
  }

  /// Adds the hosts of one expression.
  mutating func appendExpression(_ expression: ArraySlice<UInt8>) throws(ParsingError) {
    guard !expression.isEmpty else { throw .malformed }
    guard let opening = expression.firstIndex(of: UInt8(ascii: "[")) else {
      return try appendName(expression)
    }
    guard let closing = expression.firstIndex(of: UInt8(ascii: "]")),
      !expression[(closing + 1)...].contains(UInt8(ascii: "["))
    else { throw .malformed }
    let prefix = expression[..<opening]
    let suffix = expression[(closing + 1)...]
    try Self.check(prefix + suffix, atStart: !prefix.isEmpty)
    try appendNumbers(
      expression[(opening + 1)..<closing], prefix: String(decoding: prefix, as: UTF8.self),
      suffix: String(decoding: suffix, as: UTF8.self))
  }

  /// Adds a name without brackets, whose last digits are taken for its number.
  private mutating func appendName(_ name: ArraySlice<UInt8>) throws(ParsingError) {
    try Self.check(name, atStart: true)
    let digits = name.suffix(Self.digitLimit).reversed().prefix { (48...57).contains($0) }.count
    let text = name.suffix(digits)
    guard let number = decimalNumber(text) else {
      return try append(
        Run(prefix: String(decoding: name, as: UTF8.self), numbers: nil, width: 0, suffix: ""))
    }
    let prefix = String(decoding: name.dropLast(digits), as: UTF8.self)
    try append(Run(prefix: prefix, numbers: number...number, width: Self.width(of: text), suffix: ""))
  }

  private mutating func appendNumbers(
    _ list: ArraySlice<UInt8>, prefix: String, suffix: String
  ) throws(ParsingError) {
    var width: Int?
    for item in list.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let ends = item.split(separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
      // The first number of the list says how all are filled up.
      let filled = width ?? Self.width(of: ends[0])
      width = filled
      let first = try Self.number(ends[0], width: filled)
      let last = ends.count > 1 ? try Self.number(ends[1], width: filled) : first
      guard first <= last else { throw .malformed }
      guard prefix.utf8.count + suffix.utf8.count + Self.digitLimit <= Self.maximumNameLength else {
        throw .nameTooLong
      }
      try append(Run(prefix: prefix, numbers: first...last, width: filled, suffix: suffix))
    }
  }

  /// Digits to fill up to when a number is written like `digits`.
  private static func width(of digits: ArraySlice<UInt8>) -> Int {
    digits.count > 1 && digits.first == 48 ? digits.count : 0
  }

  private static func number(_ digits: ArraySlice<UInt8>, width: Int) throws(ParsingError) -> UInt64 {
    guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }) else { throw .malformed }
    guard digits.count <= digitLimit, let number = decimalNumber(digits) else { throw .numberTooLarge }
    let own = Self.width(of: digits)
    guard own == 0 || own == width else { throw .widthsDiffer }
    return number
  }

  private static func check(_ characters: ArraySlice<UInt8>, atStart: Bool) throws(ParsingError) {
    guard characters.count <= maximumNameLength else { throw .nameTooLong }
    guard !atStart || characters.first != UInt8(ascii: "-") else { throw .invalidCharacter }
    for byte in characters {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        continue
      default: throw .invalidCharacter
      }
    }
  }
}
