extension Idset: CustomStringConvertible {
  public enum ParsingError: Error, Equatable, Sendable {
    /// A character that no idset has, a bracket or hyphen out of place, a missing number.
    case malformed
    /// `01`, which RFC 22 forbids.
    case leadingZero
    /// `5-3`, `3,1` or `1,1`.
    case notAscending
    /// An id of 2^31 or more.
    case idTooLarge
  }

  /// Parses `1-3,5-6,42`, with or without brackets; the empty text is the empty set.
  ///
  /// As strict as RFC 22: decimal digits, ascending, each id once, no white space. Ranges are never expanded, so the
  /// cost is that of the text.
  ///
  /// - Throws: `malformed`, `leadingZero`, `notAscending`, `idTooLarge`.
  public init(parsing text: some StringProtocol) throws(ParsingError) {
    var bytes = Array(text.utf8)[...]
    if bytes.first == UInt8(ascii: "[") {
      guard bytes.count >= 2, bytes.last == UInt8(ascii: "]") else { throw .malformed }
      bytes = bytes.dropFirst().dropLast()
    }
    self.init()
    guard !bytes.isEmpty else { return }
    for item in bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let ends = item.split(separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
      let first = try Self.id(ends[0])
      let last = ends.count > 1 ? try Self.id(ends[1]) : first
      guard first <= last, runs.last.map({ $0.last < first }) ?? true else { throw .notAscending }
      append(Run(first: first, last: last))
    }
  }

  private static func id(_ digits: ArraySlice<UInt8>) throws(ParsingError) -> UInt32 {
    guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }) else { throw .malformed }
    guard digits.first != 48 || digits.count == 1 else { throw .leadingZero }
    guard let id = decimalNumber(digits), id <= UInt64(maximumID) else { throw .idTooLarge }
    return UInt32(id)
  }

  /// The canonical text, without brackets: successive ids as ranges.
  public var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the canonical text.
  public func append(to bytes: inout [UInt8]) {
    for (index, run) in runs.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.appendDecimal(UInt64(run.first))
      guard run.last > run.first else { continue }
      bytes.append(UInt8(ascii: "-"))
      bytes.appendDecimal(UInt64(run.last))
    }
  }
}
