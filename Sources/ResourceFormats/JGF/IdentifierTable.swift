import ResourceGraph

/// Numbers the vertices' identifiers in the order in which they are first met, in nodes or in edges.
///
/// Fluxion's are decimal numbers from zero on, which need no hashing; any other text is as good.
struct IdentifierTable {
  private var dense: [Int32] = []
  private var sparse: [ArraySlice<UInt8>: Int32] = [:]
  private(set) var count = 0

  /// Above, a number is hashed as text: a single one must not cost much.
  private static let denseLimit = 4_000_000

  mutating func number(adding identifier: ArraySlice<UInt8>) -> Int32 {
    guard let value = Self.smallNumber(identifier) else {
      if let number = sparse[identifier] { return number }
      sparse[Array(identifier)[...]] = Int32(count)
      count += 1
      return Int32(count - 1)
    }
    while dense.count <= value { dense.append(-1) }
    if dense[value] < 0 {
      dense[value] = Int32(count)
      count += 1
    }
    return dense[value]
  }

  /// The value of a decimal number as it is usually written; `01` is another identifier than `1`.
  private static func smallNumber(_ text: ArraySlice<UInt8>) -> Int? {
    guard let first = text.first, text.count <= 7, first != UInt8(ascii: "0") || text.count == 1 else { return nil }
    var value = 0
    for digit in text {
      guard GraphWords.isDigit(digit) else { return nil }
      value = value * 10 + Int(digit - 0x30)
    }
    return value < denseLimit ? value : nil
  }
}
