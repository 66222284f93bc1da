/// Up to seven emoji, a number in base 576, the greatest digit first.
/// - Source: RFC 19, "FLUID Emoji Encoding".
extension JobID {
  public var emoji: String {
    var digits: [Unicode.Scalar] = []
    var rest = rawValue
    repeat {
      digits.append(EmojiDigits.list[Int(rest % UInt64(EmojiDigits.list.count))])
      rest /= UInt64(EmojiDigits.list.count)
    } while rest > 0
    var text = String.UnicodeScalarView()
    text.append(contentsOf: digits.reversed())
    return String(text)
  }

  static func emojiValue(_ text: some Collection<UInt8>) -> UInt64? {
    // Seven digits hold the greatest 64-bit number; each is four bytes.
    guard text.count <= 28, text.count % 4 == 0 else { return nil }
    var number: UInt64 = 0
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      guard let digit = EmojiDigits.values[scalar] else { return nil }
      let (product, tooMuch) = number.multipliedReportingOverflow(by: UInt64(EmojiDigits.list.count))
      let (sum, tooMany) = product.addingReportingOverflow(UInt64(digit))
      guard !tooMuch && !tooMany else { return nil }
      number = sum
    }
    return number
  }
}
