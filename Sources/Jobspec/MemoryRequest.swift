/// An amount of memory in the unit in which it was asked for.
struct MemoryRequest {
  let count: Int64
  let unit: String
  let bytes: Int64

  /// `nil` when the unit is unknown or the bytes do not fit in 63 bits.
  init?(count: Int64, unit: String) {
    guard let size = MemoryUnit.bytes(of: unit) else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow else { return nil }
    self.count = count
    self.unit = unit
    self.bytes = bytes
  }

  /// Reads digits with a unit directly behind them, such as `512MiB`.
  init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && $0.isWholeNumber }
    guard let count = Int64(digits) else { return nil }
    self.init(count: count, unit: String(text[digits.endIndex...]))
  }
}
