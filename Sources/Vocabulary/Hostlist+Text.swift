extension Hostlist: CustomStringConvertible {
  /// The compact text: neighbours that differ in their number only share one pair of brackets.
  public var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the compact text, which parses back as an equal list.
  public func append(to bytes: inout [UInt8]) {
    var rest = runs[...]
    while let run = rest.first {
      if !(bytes.isEmpty || rest.startIndex == runs.startIndex) { bytes.append(UInt8(ascii: ",")) }
      let group = rest.prefix { Self.sharesBrackets($0, with: run) }
      if run.numbers != nil && (group.count > 1 || run.count > 1) {
        Self.append(group, to: &bytes)
        rest = rest.dropFirst(group.count)
      } else {
        bytes.append(contentsOf: run.name(at: 0).utf8)
        rest = rest.dropFirst()
      }
    }
  }

  private static func append(_ group: ArraySlice<Run>, to bytes: inout [UInt8]) {
    guard let first = group.first else { return }
    bytes.append(contentsOf: first.prefix.utf8)
    bytes.append(UInt8(ascii: "["))
    for (index, run) in group.enumerated() {
      guard let numbers = run.numbers else { continue }
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.appendDecimal(numbers.lowerBound, width: first.width)
      guard run.count > 1 else { continue }
      bytes.append(UInt8(ascii: "-"))
      bytes.appendDecimal(numbers.upperBound, width: first.width)
    }
    bytes.append(UInt8(ascii: "]"))
    bytes.append(contentsOf: first.suffix.utf8)
  }

  /// Whether `run` may stand in the brackets that `first` opens.
  ///
  /// The width in brackets is told by the zeros of the first number, so that number must have some when any other
  /// needs them.
  private static func sharesBrackets(_ run: Run, with first: Run) -> Bool {
    guard let numbers = run.numbers, let opening = first.numbers, run.prefix == first.prefix,
      run.suffix == first.suffix, sameWidth(run.width, first.width, number: numbers.lowerBound)
    else { return false }
    return first.width == 0 || String(opening.lowerBound).utf8.count < first.width
      || String(numbers.lowerBound).utf8.count >= first.width
  }
}
