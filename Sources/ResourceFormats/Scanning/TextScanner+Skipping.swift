extension TextScanner {
  /// Passes over a value that nobody asked for; it is checked all the same.
  ///
  /// - Parameter depth: brackets that are open here.
  mutating func skipValue(depth: Int) throws(FormatError) {
    guard depth < FormatLimits.maximumNesting else {
      throw malformed("must be nested at most \(FormatLimits.maximumNesting) deep")
    }
    switch try kind() {
    case .string: _ = try text()
    case .number: _ = try number()
    case .literal: _ = try literal()
    case .array:
      try take(UInt8(ascii: "["))
      if takesIfNext(UInt8(ascii: "]")) { return }
      repeat { try skipValue(depth: depth + 1) } while try hasMore(until: UInt8(ascii: "]"))
    case .object:
      var names = MemberNames()
      try take(UInt8(ascii: "{"))
      if takesIfNext(UInt8(ascii: "}")) { return }
      repeat {
        let offset = index
        let name = try memberName()
        guard names.insert(slice(name)) else { throw malformed("a member is named twice", at: offset) }
        try skipValue(depth: depth + 1)
      } while try hasMore(until: UInt8(ascii: "}"))
    }
  }
}
