import ResourceGraph

/// Reading of properties; most vertices have none, and those that have some mostly share them.
extension JGFCollector {
  mutating func readProperties(_ scanner: inout TextScanner, _ draft: inout VertexDraft) throws(FormatError) {
    switch try scanner.kind() {
    case .object: break
    // Fluxion takes null for none.
    case .literal:
      if try scanner.literal() != nil { fault("/metadata/properties", "must be an object") }
      return
    default:
      fault("/metadata/properties", "must be an object")
      return try scanner.skipValue(depth: 6)
    }
    var properties: [Property] = []
    var names = MemberNames()
    try scanner.take(UInt8(ascii: "{"))
    if scanner.takesIfNext(UInt8(ascii: "}")) { return }
    repeat {
      let offset = scanner.index
      let name = try scanner.memberName()
      guard names.insert(scanner.slice(name)) else { throw scanner.malformed("a member is named twice", at: offset) }
      if let property = try property(scanner.string(name), &scanner) { properties.append(property) }
    } while try scanner.hasMore(until: UInt8(ascii: "}"))
    guard properties.count <= GraphLimits.maximumProperties else {
      return fault("/metadata/properties", "must be at most \(GraphLimits.maximumProperties)")
    }
    draft.properties = number(of: properties.sorted())
  }

  private mutating func property(_ key: String, _ scanner: inout TextScanner) throws(FormatError) -> Property? {
    guard try scanner.kind() == .string else {
      fault("/metadata/properties/" + FaultList.escaped(key), "must be a string")
      try scanner.skipValue(depth: 7)
      return nil
    }
    let text = try scanner.text()
    let value = scanner.string(text)
    if let message = FormatWords.fault(ofPropertyKey: key) ?? FormatWords.fault(ofPropertyValue: value) {
      fault("/metadata/properties/" + FaultList.escaped(key), message)
      return nil
    }
    return Property(key: key, value: value)
  }

  private mutating func number(of properties: [Property]) -> Int32 {
    if let number = numberOfPropertySet[properties] { return number }
    guard propertySets.count < FormatLimits.maximumPropertySets else {
      fault("/metadata/properties", "differ between more than \(FormatLimits.maximumPropertySets) vertices")
      return 0
    }
    let number = Int32(propertySets.count)
    propertySets.append(properties)
    numberOfPropertySet[properties] = number
    return number
  }
}
