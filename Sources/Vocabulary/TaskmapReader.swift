/// Reads lists and numbers as JSON writes them, which is all that a task map consists of.
struct TaskmapReader {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = text[...].utf8 }

  /// Whether nothing but blanks is left.
  var isAtEnd: Bool { rest.allSatisfy(Self.isBlank) }

  /// `nil` where there is no list, or one of its elements is none.
  mutating func list<Element>(_ element: (inout TaskmapReader) -> Element?) -> [Element]? {
    guard take("[") else { return nil }
    var elements: [Element] = []
    if take("]") { return elements }
    repeat {
      guard let next = element(&self) else { return nil }
      elements.append(next)
    } while take(",")
    return take("]") ? elements : nil
  }

  /// A whole number without a sign.
  mutating func number() -> Int64? {
    skipBlanks()
    let digits = rest.prefix { (48...57).contains($0) }
    rest = rest[digits.endIndex...]
    return Int64(Substring(digits))
  }

  private mutating func take(_ sign: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard rest.first == UInt8(ascii: sign) else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func skipBlanks() { rest = rest.drop(while: Self.isBlank) }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
