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
