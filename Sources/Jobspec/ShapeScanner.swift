/// A place in the text of a shape.
struct ShapeScanner {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Of the next part.
  var offset: Int { bytes[index...].firstIndex { !Self.isSpace($0) } ?? bytes.count }

  private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  var isAtEnd: Bool { current == nil }
  var isAtQuote: Bool { current.map { Self.isQuote($0) } ?? false }

  func isAt(_ symbol: Unicode.Scalar) -> Bool { current == UInt8(ascii: symbol) }

  /// Whether the symbol is next, which is then used.
  mutating func skip(_ symbol: Unicode.Scalar) -> Bool {
    guard isAt(symbol) else { return false }
    index = offset + 1
    return true
  }

  func fault(_ message: String) -> SyntaxFault { SyntaxFault(offset: offset, message: message) }

  /// A quoted text, or what stands before the next of `stops`, a space or a quote; never empty.
  ///
  /// There are no escapes: whoever needs one kind of quote uses the other around it.
  ///
  /// - Parameter name: what is missing when there is none.
  mutating func text(until stops: String, _ name: String) throws(SyntaxFault) -> String {
    let start = offset
    guard let first = current else { throw fault("\(name) is missing") }
    let text: ArraySlice<UInt8>
    if Self.isQuote(first) {
      guard let closing = bytes[(start + 1)...].firstIndex(of: first) else { throw fault("a quote is not closed") }
      text = bytes[(start + 1)..<closing]
      index = closing + 1
    } else {
      text = bytes[start...].prefix { !Self.isSpace($0) && !Self.isQuote($0) && !stops.utf8.contains($0) }
      index = text.endIndex
    }
    guard !text.isEmpty else { throw SyntaxFault(offset: start, message: "\(name) is missing") }
    return String(decoding: text, as: UTF8.self)
  }

  private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
