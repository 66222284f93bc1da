import ResourceGraph

/// Reading of one edge.
extension JGFCollector {
  private static let edgeDepth = 5
  /// Containment has one edge a vertex, some files also one back.
  private static let maximumEdges = 2 * ResourceGraph.maximumVertices + GraphLimits.maximumEdges

  /// Reads the edge that begins here; its ends may be described later.
  mutating func readEdge(_ scanner: inout TextScanner) throws(FormatError) {
    defer { edgeCount += 1 }
    guard edges.count < Self.maximumEdges else {
      edgeFault("", "must be at most \(Self.maximumEdges) edges")
      throw .invalid(faults.faults)
    }
    guard try scanner.kind() == .object else {
      edgeFault("", "must be an object")
      return try scanner.skipValue(depth: Self.edgeDepth)
    }
    var edge = EdgeDraft(source: -1, target: -1, subsystem: containment, relationship: empty)
    var members = MemberTracker()
    try scanner.take(UInt8(ascii: "{"))
    if !scanner.takesIfNext(UInt8(ascii: "}")) {
      repeat {
        switch try members.next(&scanner, MemberTracker.edge) {
        case 0: edge.source = try endpoint(&scanner, "/source")
        case 1: edge.target = try endpoint(&scanner, "/target")
        case 2: try readEdgeMetadata(&scanner, &edge)
        default: try scanner.skipValue(depth: Self.edgeDepth)
        }
      } while try scanner.hasMore(until: UInt8(ascii: "}"))
    }
    if !members.has(0) { edgeFault("/source", "is required") }
    if !members.has(1) { edgeFault("/target", "is required") }
    scanner.forgetDecoded()
    edges.append(edge)
  }

  private mutating func endpoint(_ scanner: inout TextScanner, _ member: String) throws(FormatError) -> Int32 {
    guard try scanner.kind() == .string else {
      edgeFault(member, "must be a string")
      try scanner.skipValue(depth: Self.edgeDepth)
      return -1
    }
    let text = try scanner.text()
    return identifierNumber(scanner.slice(text))
  }

  /// `subsystem` and `relationship` as in RFC 40, or a `name` with one member, the relationship by subsystem.
  private mutating func readEdgeMetadata(_ scanner: inout TextScanner, _ edge: inout EdgeDraft) throws(FormatError) {
    guard try scanner.kind() == .object else {
      edgeFault("/metadata", "must be an object")
      return try scanner.skipValue(depth: Self.edgeDepth)
    }
    var members = MemberTracker()
    try scanner.take(UInt8(ascii: "{"))
    if scanner.takesIfNext(UInt8(ascii: "}")) { return }
    repeat {
      switch try members.next(&scanner, MemberTracker.edgeMetadata) {
      case 0: edge.subsystem = try edgeWord(&scanner, "/metadata/subsystem")
      case 1: edge.relationship = try edgeWord(&scanner, "/metadata/relationship")
      case 2: try readEdgeName(&scanner, &edge)
      default: try scanner.skipValue(depth: Self.edgeDepth + 1)
      }
    } while try scanner.hasMore(until: UInt8(ascii: "}"))
  }

  /// - Source: the JGF of Fluxion before 0.30.
  private mutating func readEdgeName(_ scanner: inout TextScanner, _ edge: inout EdgeDraft) throws(FormatError) {
    guard try scanner.kind() == .object else {
      edgeFault("/metadata/name", "must be an object of relationships by subsystem")
      return try scanner.skipValue(depth: Self.edgeDepth + 1)
    }
    try scanner.take(UInt8(ascii: "{"))
    if scanner.takesIfNext(UInt8(ascii: "}")) { return }
    let name = try scanner.memberName()
    guard GraphWords.isType(scanner.slice(name)), let subsystem = words.number(adding: scanner.slice(name)) else {
      edgeFault("/metadata/name", GraphWords.typeRule)
      return try finishEdgeName(&scanner)
    }
    edge.subsystem = subsystem
    edge.relationship = try edgeWord(&scanner, "/metadata/name/\(words.string(subsystem))")
    guard try scanner.hasMore(until: UInt8(ascii: "}")) else { return }
    edgeFault("/metadata/name", "must have one member: an edge is of one subsystem")
    var again = MemberNames()
    repeat {
      let name = try scanner.memberName()
      guard again.insert(scanner.slice(name)) else { throw scanner.malformed("a member is named twice") }
      try scanner.skipValue(depth: Self.edgeDepth + 2)
    } while try scanner.hasMore(until: UInt8(ascii: "}"))
  }

  /// Passes over the value of a name that was refused, and over the rest.
  private mutating func finishEdgeName(_ scanner: inout TextScanner) throws(FormatError) {
    try scanner.skipValue(depth: Self.edgeDepth + 2)
    while try scanner.hasMore(until: UInt8(ascii: "}")) {
      _ = try scanner.memberName()
      try scanner.skipValue(depth: Self.edgeDepth + 2)
    }
  }

  private mutating func edgeWord(_ scanner: inout TextScanner, _ member: String) throws(FormatError) -> UInt16 {
    guard try scanner.kind() == .string else {
      edgeFault(member, "must be a string")
      try scanner.skipValue(depth: Self.edgeDepth + 2)
      return empty
    }
    let text = try scanner.text()
    guard GraphWords.isType(scanner.slice(text)) else {
      edgeFault(member, GraphWords.typeRule)
      return empty
    }
    guard let number = words.number(adding: scanner.slice(text)) else {
      edgeFault(member, "is one word more than the \(FormatLimits.maximumWords) that a document may have")
      return empty
    }
    return number
  }
}
