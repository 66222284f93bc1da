import Vocabulary

/// A script with options in it: `#flux: -N4 --queue=batch`.
///
/// - Source: RFC 36. The tag `sluice:` is ours, and means the same.
struct BatchScript {
  /// What is wrong, and in which line.
  struct Fault: Error, Equatable, CustomStringConvertible {
    let line: Int
    let reason: String

    var description: String { "line \(line): \(reason)" }
  }

  /// The words of all directives, as a shell reads them.
  let words: [String]

  init(_ text: String) throws(Fault) {
    var sentinel: (prefix: Substring, tag: Substring)?
    var hasStopped = false
    var directives: [(line: Int, text: Substring)] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard let (prefix, tag, rest) = Self.directive(in: line) else {
        // Lines between directives are fine as long as they begin alike.
        if let sentinel, !line.allSatisfy(\.isWhitespace), !line.hasPrefix(Self.trimmedEnd(sentinel.prefix)) {
          hasStopped = true
        }
        continue
      }
      if hasStopped { throw Fault(line: index + 1, reason: "a directive after the script has begun") }
      if let sentinel, sentinel != (prefix, tag) {
        throw Fault(line: index + 1, reason: "directives begin with \"\(sentinel.prefix)\(sentinel.tag)\" above")
      }
      sentinel = (prefix, tag)
      directives.append((index + 1, rest))
    }
    words = try Self.words(of: directives)
  }

  /// `^([^\w]*)(flux|FLUX|sluice|SLUICE):` and what follows.
  private static func directive(in line: Substring) -> (prefix: Substring, tag: Substring, rest: Substring)? {
    let body = line.drop { !($0.isLetter || $0.isNumber || $0 == "_") }
    guard let colon = body.firstIndex(of: ":") else { return nil }
    let tag = body[..<colon]
    guard ["flux", "FLUX", "sluice", "SLUICE"].contains(tag) else { return nil }
    return (line[..<body.startIndex], tag, body[body.index(after: colon)...])
  }

  private static func trimmedEnd(_ text: Substring) -> Substring {
    var text = text
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }

  // MARK: Words

  private static func words(of directives: [(line: Int, text: Substring)]) throws(Fault) -> [String] {
    var words: [String] = []
    var rest = directives[...]
    while let (number, text) = rest.popFirst() {
      var reader = ShellWords(text)
      do throws(ShellWords.Fault) {
        try reader.read()
      } catch {
        throw Fault(line: number, reason: error.reason)
      }
      words += reader.words
      guard let quote = reader.openQuote else { continue }
      words.append(try reader.unfinished + literal(&rest, until: quote, from: number))
    }
    return words
  }

  /// The lines up to the closing quotes, without what all of them are indented by.
  private static func literal(
    _ rest: inout ArraySlice<(line: Int, text: Substring)>, until quote: String, from line: Int
  ) throws(Fault) -> String {
    var lines: [Substring] = []
    while let (_, text) = rest.popFirst() {
      if trimmedEnd(text).drop(while: \.isWhitespace) == quote {
        let indent = lines.lazy.filter { !$0.allSatisfy(\.isWhitespace) }.map { $0.prefix(while: \.isWhitespace).count }
          .min()
        return lines.map { $0.dropFirst(indent ?? 0) + "\n" }.joined()
      }
      lines.append(text)
    }
    throw Fault(line: line, reason: "the \(quote) has no end")
  }
}

/// One line as the words of a shell: quotes, backslashes, comments, and Python's triple quotes.
struct ShellWords {
  struct Fault: Error { let reason: String }

  private(set) var words: [String] = []
  /// Triple quotes that end the line: what they hold is in the lines that follow.
  private(set) var openQuote: String?
  /// What of the word comes before them.
  private(set) var unfinished = ""

  private var rest: Substring
  private var word: String?

  init(_ text: Substring) { rest = text }

  mutating func read() throws(Fault) {
    while let character = rest.first {
      if let quote = ["\"\"\"", "'''"].first(where: { rest.hasPrefix($0) }) {
        if try !readTriple(quote) { return }
      } else if character == "'" || character == "\"" {
        rest.removeFirst()
        try readQuoted(character)
      } else if character == "\\" {
        rest.removeFirst()
        if let next = rest.popFirst() { word = (word ?? "") + String(next) }
      } else if character.isWhitespace {
        rest.removeFirst()
        endWord()
      } else if character == "#", word == nil {
        break
      } else {
        word = (word ?? "") + String(rest.removeFirst())
      }
    }
    endWord()
  }

  private mutating func endWord() {
    if let word { words.append(word) }
    word = nil
  }

  private mutating func readQuoted(_ quote: Character) throws(Fault) {
    var text = word ?? ""
    while let character = rest.popFirst() {
      if character == quote {
        word = text
        return
      }
      // Between double quotes a backslash is one, unless it protects what would mean something.
      if quote == "\"", character == "\\", let next = rest.first, "\"\\$`".contains(next) {
        text.append(rest.removeFirst())
      } else {
        text.append(character)
      }
    }
    throw Fault(reason: "a \(quote) has no end")
  }

  /// - Returns: whether its end is on this line.
  private mutating func readTriple(_ quote: String) throws(Fault) -> Bool {
    rest.removeFirst(3)
    if let end = rest.firstRange(of: quote) {
      word = (word ?? "") + rest[..<end.lowerBound]
      rest = rest[end.upperBound...]
      return true
    }
    guard rest.allSatisfy(\.isWhitespace) else {
      throw Fault(reason: "\(quote) is followed by nothing, or closed in its line")
    }
    openQuote = quote
    unfinished = word ?? ""
    return false
  }
}
