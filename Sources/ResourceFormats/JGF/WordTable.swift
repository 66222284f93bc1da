/// Words that many vertices share, by number: types, basenames, units, subsystems, relationships.
struct WordTable {
  private(set) var spellings: [[UInt8]] = []
  private var short: [UInt128: UInt16] = [:]
  private var long: [ArraySlice<UInt8>: UInt16] = [:]
  /// The words of a vertex are mostly those of the one before.
  private var recent: [(word: UInt128, number: UInt16)] = []
  private var oldest = 0
  private static let recentCount = 8

  var count: Int { spellings.count }

  func string(_ number: UInt16) -> String { String(decoding: spellings[Int(number)], as: UTF8.self) }

  /// `nil` when the table is full.
  mutating func number(adding word: ArraySlice<UInt8>) -> UInt16? {
    guard let packed = PackedWord.pack(word) else {
      if let number = long[word] { return number }
      guard let number = append(word) else { return nil }
      long[Array(word)[...]] = number
      return number
    }
    for entry in recent where entry.word == packed { return entry.number }
    guard let number = short[packed] ?? append(word) else { return nil }
    short[packed] = number
    if recent.count < Self.recentCount {
      recent.append((packed, number))
    } else {
      recent[oldest] = (packed, number)
      oldest = (oldest + 1) % Self.recentCount
    }
    return number
  }

  mutating func number(adding word: StaticString) -> UInt16 {
    guard let number = number(adding: Array(word.description.utf8)[...]) else {
      preconditionFailure("the first words fit in the table")
    }
    return number
  }

  private mutating func append(_ word: ArraySlice<UInt8>) -> UInt16? {
    guard count < FormatLimits.maximumWords else { return nil }
    spellings.append(Array(word))
    return UInt16(count - 1)
  }
}
