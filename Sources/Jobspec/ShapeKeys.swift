/// What stands in the braces of a vertex.
///
/// - Source: RFC 46: `key:value`, or a Boolean key with `+`, `-` or nothing in front.
struct ShapeKeys {
  private enum Value {
    case bool(Bool)
    case string(String)
    /// A number, a list or an object, none of which any key takes.
    case other
  }

  private(set) var unit: String?
  private(set) var exclusive: Bool?
  private(set) var id: String?
  var label: String?

  /// Reads entries up to the closing brace, which is used up.
  mutating func read(_ scanner: inout ShapeScanner) throws(SyntaxFault) {
    if scanner.skip("}") { return }
    repeat { try readEntry(&scanner) } while scanner.skip(",")
    guard scanner.skip("}") else { throw scanner.fault("\",\" or \"}\" is missing") }
  }

  private mutating func readEntry(_ scanner: inout ShapeScanner) throws(SyntaxFault) {
    let start = scanner.offset
    let sign: Bool? = scanner.skip("+") ? true : scanner.skip("-") ? false : nil
    let key = try scanner.text(until: ":,{}[]", "a key")
    let value: Value
    if sign == nil, scanner.skip(":") {
      value = try Self.value(&scanner)
    } else {
      value = .bool(sign ?? true)
    }
    try set(key, value, start)
  }

  /// A quoted value is a text whatever it looks like.
  private static func value(_ scanner: inout ShapeScanner) throws(SyntaxFault) -> Value {
    let isQuoted = scanner.isAtQuote
    if !isQuoted, scanner.isAt("{") || scanner.isAt("[") { return .other }
    let text = try scanner.text(until: ",{}[]", "a value")
    if isQuoted { return .string(text) }
    switch text {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .other
    default: return isNumber(text) ? .other : .string(text)
    }
  }

  /// Swift also reads `inf` and hexadecimal digits, which are no numbers in JSON.
  private static func isNumber(_ text: String) -> Bool {
    Double(text) != nil && text.utf8.allSatisfy { (48...57).contains($0) || "+-.eE".utf8.contains($0) }
  }

  private mutating func set(_ key: String, _ value: Value, _ offset: Int) throws(SyntaxFault) {
    switch (key, value) {
    case ("x", .bool(let truth)), ("exclusive", .bool(let truth)): try Self.set(&exclusive, truth, offset)
    case ("unit", .string(let text)): try Self.set(&unit, text, offset)
    case ("label", .string(let text)): try Self.set(&label, text, offset)
    case ("id", .string(let text)): try Self.set(&id, text, offset)
    case ("x", _), ("exclusive", _): throw SyntaxFault(offset: offset, message: "\"\(key)\" is true or false")
    case ("unit", _), ("label", _), ("id", _):
      throw SyntaxFault(offset: offset, message: "\"\(key)\" needs a text; one that looks like a number is quoted")
    default:
      throw SyntaxFault(offset: offset, message: "known keys are unit, exclusive (x), label and id")
    }
  }

  private static func set<Value>(_ member: inout Value?, _ value: Value, _ offset: Int) throws(SyntaxFault) {
    guard member == nil else { throw SyntaxFault(offset: offset, message: "a key is given twice") }
    member = value
  }
}
