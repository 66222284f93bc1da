/// One line of the PMI-1 wire protocol: `key=value` tuples in any order, with any blanks between them.
///
/// Only a value in which a space follows is special: words without `=` belong to the value before them, as in the
/// message of an abort. Keys that nobody asks for are left alone; of a key that is repeated the first counts.
/// - Source: RFC 13, wire protocol.
struct PMIMessage {
  private var fields: [(key: Substring, value: Substring)] = []

  /// - Parameter line: without its line feed. What is not UTF-8 becomes characters that no value may have.
  init(_ line: some Collection<UInt8>) {
    let text = String(decoding: line, as: UTF8.self)
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" }) {
      if let equals = word.firstIndex(of: "=") {
        fields.append((word[..<equals], word[word.index(after: equals)...]))
      } else if let last = fields.last {
        fields[fields.count - 1].value = "\(last.value) \(word)"
      } else {
        fields.append((word, ""))
      }
    }
  }

  subscript(key: String) -> Substring? { fields.first { $0.key == key }?.value }

  /// The value is a number.
  func number(_ key: String) -> Int? { self[key].flatMap { Int($0) } }

  /// A line of one word, such as the `endcmd` of a spawn.
  func isWord(_ word: String) -> Bool { fields.count == 1 && fields[0].key == word && fields[0].value.isEmpty }
}
