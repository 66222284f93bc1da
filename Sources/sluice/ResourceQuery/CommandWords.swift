/// Splits a line of a script into words, as a shell does.
///
/// Blanks part words, quotes keep blanks, `#` begins a comment.
enum CommandWords {
  /// - Throws: a quote that is not closed.
  static func split(_ line: some StringProtocol) throws(QueryFault) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word?.append(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace {
        if let word { words.append(word) }
        word = nil
      } else if character == "#", word == nil {
        break
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if let quote { throw QueryFault("the quote \(quote) is not closed") }
    if let word { words.append(word) }
    return words
  }
}
