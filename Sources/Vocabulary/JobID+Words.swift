/// Six pronounceable words, for the telephone.
///
/// Each half of the id, the lower one first, is a number of three digits in base 1,626, the least digit first.
/// - Source: RFC 19, "FLUID Mnemonic (words) Encoding"; the scheme is mnemonicode.
extension JobID {
  public var words: String {
    [rawValue & 0xFFFF_FFFF, rawValue >> 32].map { half in
      let base = UInt64(MnemonicWords.list.count)
      return [half % base, half / base % base, half / base / base].map { MnemonicWords.list[Int($0)] }
        .joined(separator: "-")
    }.joined(separator: "--")
  }

  /// - Parameter text: words in either case with one or more hyphens between them.
  static func wordsValue(_ text: some Collection<UInt8>) -> UInt64? {
    let words = text.split(separator: UInt8(ascii: "-"))
    guard words.count == 6, text.first != UInt8(ascii: "-") else { return nil }
    var numbers: [UInt64] = []
    for word in words {
      let name = String(decoding: word.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
      guard let index = MnemonicWords.indices[name] else { return nil }
      numbers.append(UInt64(index))
    }
    let base = UInt64(MnemonicWords.list.count)
    let low = numbers[0] + base * (numbers[1] + base * numbers[2])
    let high = numbers[3] + base * (numbers[4] + base * numbers[5])
    // A few combinations of words lie beyond 32 bits and stand for nothing.
    guard low >> 32 == 0, high >> 32 == 0 else { return nil }
    return high << 32 | low
  }
}
