import ResourceGraph

/// Readers of the values that a node's metadata has.
extension JGFCollector {
  private static let valueDepth = 6

  /// A whole number in a range; `nil` when a fault was reported.
  mutating func integer(
    _ scanner: inout TextScanner, _ member: @autoclosure () -> String, _ range: ClosedRange<Int64>,
    _ rule: @autoclosure () -> String
  ) throws(FormatError) -> Int64? {
    guard try scanner.kind() == .number else {
      fault(member(), rule())
      try scanner.skipValue(depth: Self.valueDepth)
      return nil
    }
    guard case .integer(let value) = try scanner.number(), range.contains(value) else {
      fault(member(), rule())
      return nil
    }
    return value
  }

  /// A word that many vertices share.
  mutating func word(
    _ scanner: inout TextScanner, _ member: @autoclosure () -> String, _ rule: @autoclosure () -> String,
    _ isRight: (ArraySlice<UInt8>) -> Bool
  ) throws(FormatError) -> UInt16 {
    guard try scanner.kind() == .string else {
      fault(member(), "must be a string")
      try scanner.skipValue(depth: Self.valueDepth)
      return empty
    }
    let text = try scanner.text()
    guard isRight(scanner.slice(text)) else {
      fault(member(), rule())
      return empty
    }
    guard let number = words.number(adding: scanner.slice(text)) else {
      fault(member(), "is one word more than the \(FormatLimits.maximumWords) that a document may have")
      return empty
    }
    return number
  }

  /// Text of the vertex's own.
  mutating func text(
    _ scanner: inout TextScanner, _ member: @autoclosure () -> String, _ rule: @autoclosure () -> String,
    _ isRight: (ArraySlice<UInt8>) -> Bool
  ) throws(FormatError) -> VertexDraft.Text {
    guard try scanner.kind() == .string else {
      fault(member(), "must be a string")
      try scanner.skipValue(depth: Self.valueDepth)
      return VertexDraft.Text()
    }
    let text = try scanner.text()
    guard isRight(scanner.slice(text)) else {
      fault(member(), rule())
      return VertexDraft.Text()
    }
    return keep(scanner.slice(text))
  }

  /// Where the vertex is in each subsystem; only containment is one the reader keeps to.
  mutating func readPaths(_ scanner: inout TextScanner, _ draft: inout VertexDraft) throws(FormatError) {
    guard try scanner.kind() == .object else {
      fault("/metadata/paths", "must be an object")
      return try scanner.skipValue(depth: Self.valueDepth)
    }
    var members = MemberTracker()
    try scanner.take(UInt8(ascii: "{"))
    if scanner.takesIfNext(UInt8(ascii: "}")) { return }
    repeat {
      if try members.next(&scanner, MemberTracker.paths) == 0 {
        draft.path = try text(&scanner, "/metadata/paths/containment", PathText.rule) { PathText.isPath($0) }
      } else {
        draft.isElsewhere = true
        try scanner.skipValue(depth: Self.valueDepth + 1)
      }
    } while try scanner.hasMore(until: UInt8(ascii: "}"))
  }

  /// Works out the name from what was given: the name, the end of the path, or the basename and the id.
  mutating func name(_ draft: inout VertexDraft) {
    if draft.hasName || draft.path.isEmpty {
      checkGivenName(&draft)
    } else {
      // The end of the path is the name; an id that says otherwise contradicts it.
      draft.name = PathText.last(of: draft.path, in: arena)
      if draft.hasID, !isDefaultName(kept(draft.name), draft) {
        return fault("/metadata/paths/containment", "must end in the name, which is the basename and the id")
      }
      draft.hasName = true
      checkGivenName(&draft)
    }
    guard draft.hasName, !draft.path.isEmpty else { return }
    let last = PathText.last(of: draft.path, in: arena)
    if last.start != draft.name.start, kept(last) != kept(draft.name) {
      fault("/metadata/paths/containment", "must end in the vertex's name")
    }
  }

  private mutating func checkGivenName(_ draft: inout VertexDraft) {
    guard draft.hasName else { return }
    if !draft.hasID, let id = impliedID(draft) {
      draft.id = id
      draft.hasID = true
    }
    draft.hasDefaultName = draft.hasID && isDefaultName(kept(draft.name), draft)
    if !draft.hasDefaultName, !FormatWords.isGivenName(kept(draft.name)) {
      fault("/metadata/name", FormatWords.givenNameRule)
    }
  }

  func isDefaultName(_ name: ArraySlice<UInt8>, _ draft: VertexDraft) -> Bool {
    let basename = words.spellings[Int(draft.basename)]
    guard name.count > basename.count else { return false }
    return name.starts(with: basename) && DecimalText.value(name.dropFirst(basename.count)) == Int64(draft.id)
  }

  /// The id in a name that is the basename and a number.
  private func impliedID(_ draft: VertexDraft) -> Int32? {
    let name = kept(draft.name)
    let basename = words.spellings[Int(draft.basename)]
    guard name.count > basename.count, name.starts(with: basename),
      let id = DecimalText.value(name.dropFirst(basename.count)), id <= GraphLimits.maximumID
    else { return nil }
    return Int32(id)
  }
}
