/// Words that many vertices share, by number: types, basenames, units, subsystems.
struct Names: Sendable {
  private(set) var words: [String] = []
  private var numbers: [String: UInt16] = [:]

  /// The limit of `number(adding:)`.
  static let maximumCount = 65_535

  var count: Int { words.count }

  subscript(number: UInt16) -> String { words[Int(number)] }

  func number(of word: String) -> UInt16? { numbers[word] }

  /// - Precondition: fewer than `maximumCount` words, or the word is known.
  mutating func number(adding word: String) -> UInt16 {
    if let number = numbers[word] { return number }
    precondition(words.count < Self.maximumCount, "the words of a graph fit in 16 bits")
    let number = UInt16(words.count)
    words.append(word)
    numbers[word] = number
    return number
  }
}
