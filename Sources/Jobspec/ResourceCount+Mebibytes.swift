import Vocabulary

extension ResourceCount {
  /// The same amounts of memory in whole mebibytes, each rounded up: the graph counts memory so.
  ///
  /// Exact where the unit is a multiple of a mebibyte. Otherwise each step of a range is rounded up too, so that the
  /// counts between the least and the largest are approximate; none is less than what was asked for.
  ///
  /// - Parameter unit: bytes of one.
  func mebibytes(of unit: Int64) -> ResourceCount {
    switch self {
    case .exactly(let count): .exactly(Self.mebibytes(count, unit))
    case .set(let set): .set(Idset(set.map { Int(min(Self.mebibytes(Int64($0), unit), Int64(Idset.maximumID))) }))
    case .range(let minimum, let maximum, let step, let operand):
      .range(
        minimum: Self.mebibytes(minimum, unit), maximum: maximum.map { Self.mebibytes($0, unit) }, step: step,
        operand: step == .add ? Self.mebibytes(operand, unit) : operand)
    }
  }

  /// At least 1; the largest number where the bytes do not fit in 63 bits.
  private static func mebibytes(_ count: Int64, _ unit: Int64) -> Int64 {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: unit)
    guard !overflow else { return .max >> 20 }
    return (bytes - 1) >> 20 + 1
  }
}
