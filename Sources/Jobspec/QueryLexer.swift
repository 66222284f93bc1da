/// Splits a query into tokens.
///
/// Stricter than flux-core's in three places where that one guesses: a quote begins or ends a term, an operand
/// follows its operator at once, and no operand is empty.
/// - Source: RFC 35, "Grammar".
struct QueryLexer {
  enum Kind: Equatable {
    case not, and, or
    /// The `-` in front of a term.
    case minus
    case open, close
    case term(QueryTerm)
  }

  struct Token: Equatable {
    let kind: Kind
    let offset: Int
  }

  private static let keywords: [(name: [UInt8], kind: Kind)] = [
    (Array("not".utf8), .not), (Array("and".utf8), .and), (Array("or".utf8), .or),
  ]

  private let bytes: [UInt8]
  private var index = 0

  static func tokens(of bytes: [UInt8]) throws(SyntaxFault) -> [Token] {
    var lexer = QueryLexer(bytes: bytes)
    var tokens: [Token] = []
    while let token = try lexer.next() { tokens.append(token) }
    return tokens
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func next() throws(SyntaxFault) -> Token? {
    while let byte = current, Self.isSpace(byte) { index += 1 }
    guard let byte = current else { return nil }
    let start = index
    switch byte {
    case UInt8(ascii: "("): return symbol(.open)
    case UInt8(ascii: ")"): return symbol(.close)
    case UInt8(ascii: "-"): return symbol(.minus)
    case UInt8(ascii: "&"), UInt8(ascii: "|"):
      index += 1
      if current == byte { index += 1 }
      return Token(kind: byte == UInt8(ascii: "&") ? .and : .or, offset: start)
    default:
      if let keyword = keyword() { return Token(kind: keyword, offset: start) }
      return Token(kind: .term(try term()), offset: start)
    }
  }

  private mutating func symbol(_ kind: Kind) -> Token {
    defer { index += 1 }
    return Token(kind: kind, offset: index)
  }

  /// A keyword ends where a word ends, so that `not-a` has one and `nothing` has none.
  private mutating func keyword() -> Kind? {
    let rest = bytes[index...]
    for (name, kind) in Self.keywords where rest.starts(with: name) {
      if let after = rest.dropFirst(name.count).first, Self.isWord(after) { continue }
      index += name.count
      return kind
    }
    return nil
  }

  // MARK: Terms

  /// The operator ends at the first colon, also within quotes.
  private mutating func term() throws(SyntaxFault) -> QueryTerm {
    let start = index
    let word = try word()
    guard let colon = word.firstIndex(of: UInt8(ascii: ":")) else {
      return QueryTerm(operator: nil, operand: String(decoding: word, as: UTF8.self), offset: start)
    }
    let name = word[..<colon]
    let operand = word[(colon + 1)...]
    guard !name.isEmpty else { throw SyntaxFault(offset: start, message: "an operator is missing before \":\"") }
    guard name.allSatisfy({ Self.isWord($0) || ".+@-".utf8.contains($0) }) else {
      throw SyntaxFault(
        offset: start, message: "an operator has letters, digits and . + @ - _ only; quote what is no operator")
    }
    guard !operand.isEmpty else { throw SyntaxFault(offset: index, message: "an operand is missing after \":\"") }
    return QueryTerm(
      operator: String(decoding: name, as: UTF8.self), operand: String(decoding: operand, as: UTF8.self),
      offset: start)
  }

  /// Plain characters, a quoted text, or an operator's name and a quoted text.
  private mutating func word() throws(SyntaxFault) -> [UInt8] {
    var word: [UInt8] = []
    while let byte = current, !Self.isSpace(byte), !"()|&".utf8.contains(byte) {
      guard Self.isQuote(byte) else {
        word.append(byte)
        index += 1
        continue
      }
      guard word.isEmpty || word.last == UInt8(ascii: ":") else {
        throw SyntaxFault(offset: index, message: "a quote begins a term or follows an operator")
      }
      word += try quoted(by: byte)
      if let after = current, !Self.isSpace(after), !"()|&".utf8.contains(after) {
        throw SyntaxFault(offset: index, message: "a term ends with its closing quote")
      }
    }
    return word
  }

  private mutating func quoted(by quote: UInt8) throws(SyntaxFault) -> ArraySlice<UInt8> {
    let opening = index
    guard let closing = bytes[(opening + 1)...].firstIndex(of: quote) else {
      throw SyntaxFault(offset: opening, message: "a quote is not closed")
    }
    guard closing > opening + 1 else { throw SyntaxFault(offset: opening, message: "quotes must not be empty") }
    index = closing + 1
    return bytes[(opening + 1)..<closing]
  }

  // MARK: Characters

  private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") }

  /// Space, and tab to carriage return.
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// Letters beyond ASCII count as such.
  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }
}
