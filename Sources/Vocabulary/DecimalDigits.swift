extension [UInt8] {
  /// Appends `number` in decimal, with leading zeros up to `width` digits.
  ///
  /// Written by hand because `String(number)` makes and destroys a string for every number of an answer.
  @inlinable
  mutating func appendDecimal(_ number: UInt64, width: Int = 1) {
    var rest = number
    var digits = width
    var power: UInt64 = 10
    var count = 1
    while rest >= power {
      count += 1
      guard count < 20 else { break }
      power *= 10
    }
    digits = Swift.max(digits, count)
    let start = self.count
    append(contentsOf: repeatElement(48, count: digits))
    var index = start + digits
    while rest > 0 {
      index -= 1
      self[index] = UInt8(truncatingIfNeeded: 48 + rest % 10)
      rest /= 10
    }
  }
}

/// The value of `digits`, a decimal number without sign; `nil` when it is empty, has another character or overflows.
func decimalNumber(_ digits: some Collection<UInt8>) -> UInt64? {
  guard !digits.isEmpty else { return nil }
  var number: UInt64 = 0
  for digit in digits {
    guard (48...57).contains(digit) else { return nil }
    let (tens, tooMuch) = number.multipliedReportingOverflow(by: 10)
    let (sum, tooMany) = tens.addingReportingOverflow(UInt64(digit - 48))
    guard !tooMuch && !tooMany else { return nil }
    number = sum
  }
  return number
}

/// As `decimalNumber`, but `nil` also for a zero before other digits.
func strictDecimalNumber(_ digits: some Collection<UInt8>) -> UInt64? {
  guard digits.first != 48 || digits.count == 1 else { return nil }
  return decimalNumber(digits)
}
