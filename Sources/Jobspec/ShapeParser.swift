/// Reads a shape by recursive descent; spaces may stand between its parts.
///
/// - Source: RFC 46, "Grammar".
struct ShapeParser {
  var scanner: ShapeScanner
  private let defaultLabel: String
  /// Where slots without a label stand.
  private var unlabelled: [Int] = []
  private var slots = 0

  init(_ bytes: [UInt8], defaultLabel: String) {
    scanner = ShapeScanner(bytes)
    self.defaultLabel = defaultLabel
  }

  mutating func parse() throws(SyntaxFault) -> [ResourceVertex] {
    let list = try list(depth: 1)
    guard scanner.isAtEnd else { throw scanner.fault("what follows is not part of the shape") }
    if slots > 1, let offset = unlabelled.first {
      throw SyntaxFault(offset: offset, message: "a slot needs a label in braces when there are several slots")
    }
    return list
  }

  private mutating func list(depth: Int) throws(SyntaxFault) -> [ResourceVertex] {
    guard depth <= JobspecLimits.maximumResourceDepth else {
      throw scanner.fault("must be nested at most \(JobspecLimits.maximumResourceDepth) deep")
    }
    guard scanner.skip("[") else { return [try vertex(depth: depth)] }
    var vertices = [try vertex(depth: depth)]
    while scanner.skip(";") {
      guard vertices.count < JobspecLimits.maximumResourceSiblings else {
        throw scanner.fault("a list has at most \(JobspecLimits.maximumResourceSiblings) resources")
      }
      vertices.append(try vertex(depth: depth))
    }
    guard scanner.skip("]") else { throw scanner.fault("\";\" or \"]\" is missing") }
    return vertices
  }

  private mutating func vertex(depth: Int) throws(SyntaxFault) -> ResourceVertex {
    let start = scanner.offset
    let type = try scanner.text(until: "={}[]/;", "a resource type")
    let isSlot = RequestPart.Kind(type: type).isSlot
    let count = scanner.skip("=") ? try count() : .exactly(1)
    var keys = ShapeKeys()
    if isSlot {
      slots += 1
      keys.label = try slotLabel(at: start)
    }
    if isSlot ? keys.label != nil && scanner.skip(",") : scanner.skip("{") {
      try keys.read(&scanner)
    } else if isSlot, keys.label != nil {
      guard scanner.skip("}") else { throw scanner.fault("\",\" or \"}\" is missing after the slot's label") }
    }
    let with = scanner.skip("/") ? try list(depth: depth + 1) : []
    if isSlot, with.isEmpty { throw scanner.fault("\"/\" and what the slot holds are missing") }
    return ResourceVertex(
      type: type, count: count, unit: keys.unit, exclusive: keys.exclusive, with: with,
      label: keys.label ?? (isSlot ? defaultLabel : nil), id: keys.id)
  }

  /// The first entry in a slot's braces, or `nil` when it has no braces.
  private mutating func slotLabel(at start: Int) throws(SyntaxFault) -> String? {
    guard scanner.skip("{") else {
      unlabelled.append(start)
      return nil
    }
    return try scanner.text(until: ":,{}", "the slot's label")
  }

  private mutating func count() throws(SyntaxFault) -> ResourceCount {
    let start = scanner.offset
    let isBracketed = scanner.skip("[")
    let text = try scanner.text(until: "{}[]/;", "a count")
    if isBracketed, !scanner.skip("]") { throw scanner.fault("\"]\" is missing after the count") }
    if let number = Int64(text), number > 0, text == String(number) { return .exactly(number) }
    guard let count = ResourceCount(parsing: text) else {
      throw SyntaxFault(
        offset: start, message: "a count is a positive integer, a range such as \"2-8:2\" or \"4+\", or a set")
    }
    return count
  }
}
