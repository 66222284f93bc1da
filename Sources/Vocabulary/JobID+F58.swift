/// F58, the form of job ids that people see.
/// - Source: RFC 19, "FLUID base58 (F58) Encoding".
extension JobID {
  /// Digits of the greatest 64-bit number.
  static let f58Digits = 11

  static let f58Alphabet = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)

  /// Value of each ASCII character as a base58 digit; 255 for what is none.
  static let f58Values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 128)
    for (value, digit) in f58Alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()

  /// The ASCII form, `f` and the digits: safe in URLs, and what the API writes.
  public var f58: String {
    unsafe String(unsafeUninitializedCapacity: 1 + Self.f58Digits) { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      return unsafe putF58(start) - start
    }
  }

  /// The form with the letter U+0192, as Flux prints it.
  public var f58Unicode: String { "\u{192}" + f58.dropFirst() }

  /// Appends the ASCII form.
  public func appendF58(to bytes: inout [UInt8]) {
    bytes.appendBytes(atMost: 1 + Self.f58Digits) { unsafe putF58($0) }
  }

  /// Writes the ASCII form, at most twelve bytes.
  func putF58(_ start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
    var count = 1
    var bound = rawValue / 58
    while bound > 0 {
      count += 1
      bound /= 58
    }
    unsafe start.pointee = UInt8(ascii: "f")
    var rest = rawValue
    for index in stride(from: count, to: 0, by: -1) {
      unsafe start[index] = Self.f58Alphabet[Int(rest % 58)]
      rest /= 58
    }
    return unsafe start + 1 + count
  }

  /// The number that base58 `digits` write, without a prefix.
  static func f58Value(_ digits: some Collection<UInt8>) -> UInt64? {
    guard !digits.isEmpty, digits.count <= f58Digits else { return nil }
    var number: UInt64 = 0
    for digit in digits {
      guard digit < 128, f58Values[Int(digit)] != 255 else { return nil }
      let (product, tooMuch) = number.multipliedReportingOverflow(by: 58)
      let (sum, tooMany) = product.addingReportingOverflow(UInt64(f58Values[Int(digit)]))
      guard !tooMuch && !tooMany else { return nil }
      number = sum
    }
    return number
  }
}
