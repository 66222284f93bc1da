import ResourceGraph

/// Reading of one node.
extension JGFCollector {
  /// Brackets that are open around a node's members: text, graph, nodes, node.
  private static let nodeDepth = 5

  /// Reads the node that begins here.
  mutating func readNode(_ scanner: inout TextScanner) throws(FormatError) {
    defer { nodeCount += 1 }
    guard vertices.count < ResourceGraph.maximumVertices else {
      fault("", "must be at most \(ResourceGraph.maximumVertices) nodes")
      throw .invalid(faults.faults)
    }
    guard try isObject(&scanner, "") else { return }
    var draft = VertexDraft()
    var members = MemberTracker()
    try scanner.take(UInt8(ascii: "{"))
    if !scanner.takesIfNext(UInt8(ascii: "}")) {
      repeat {
        switch try members.next(&scanner, MemberTracker.node) {
        case 0: try readIdentifier(&scanner, &draft)
        case 1: try readMetadata(&scanner, &draft)
        default: try scanner.skipValue(depth: Self.nodeDepth)
        }
      } while try scanner.hasMore(until: UInt8(ascii: "}"))
    }
    if !members.has(0) { fault("/id", "is required") }
    if !members.has(1) { fault("/metadata", "is required") }
    scanner.forgetDecoded()
    vertices.append(draft)
  }

  private mutating func isObject(_ scanner: inout TextScanner, _ member: String) throws(FormatError) -> Bool {
    guard try scanner.kind() != .object else { return true }
    fault(member, "must be an object")
    try scanner.skipValue(depth: Self.nodeDepth)
    return false
  }

  private mutating func readIdentifier(_ scanner: inout TextScanner, _ draft: inout VertexDraft) throws(FormatError) {
    guard try scanner.kind() == .string else {
      fault("/id", "must be a string")
      return try scanner.skipValue(depth: Self.nodeDepth)
    }
    let text = try scanner.text()
    guard GraphWords.isName(scanner.slice(text)) else { return fault("/id", GraphWords.nameRule) }
    let number = identifierNumber(scanner.slice(text))
    let other = vertexOfIdentifier[Int(number)]
    if other >= 0 {
      let pointer = nodePointer(Int(other))
      fault("/id", "is the id of \(pointer) too")
    }
    vertexOfIdentifier[Int(number)] = Int32(vertices.count)
    draft.identifier = number
  }

  private mutating func readMetadata(_ scanner: inout TextScanner, _ draft: inout VertexDraft) throws(FormatError) {
    guard try isObject(&scanner, "/metadata") else { return }
    var members = MemberTracker()
    try scanner.take(UInt8(ascii: "{"))
    if !scanner.takesIfNext(UInt8(ascii: "}")) {
      repeat {
        let member = try members.next(&scanner, MemberTracker.metadata)
        try readMember(member, &scanner, &draft)
      } while try scanner.hasMore(until: UInt8(ascii: "}"))
    }
    guard members.has(0) else { return fault("/metadata/type", "is required") }
    if !members.has(1) { draft.basename = draft.type }
    if !members.has(4) { draft.unit = empty }
    name(&draft)
  }

  private mutating func readMember(
    _ member: Int, _ scanner: inout TextScanner, _ draft: inout VertexDraft
  ) throws(FormatError) {
    switch member {
    case 0:
      draft.type = try word(&scanner, "/metadata/type", GraphWords.typeRule) { GraphWords.isType($0) }
    case 1:
      draft.basename = try word(&scanner, "/metadata/basename", GraphWords.nameRule) { GraphWords.isName($0) }
    case 2:
      draft.name = try text(&scanner, "/metadata/name", GraphWords.nameRule) { GraphWords.isName($0) }
      draft.hasName = !draft.name.isEmpty
    case 3:
      let id = try integer(&scanner, "/metadata/id", -1...Int64(GraphLimits.maximumID), FormatWords.idRule)
      draft.id = Int32(id ?? -1)
      draft.hasID = draft.id >= 0
    case 4:
      draft.unit = try word(&scanner, "/metadata/unit", FormatWords.unitRule) { GraphWords.isUnit($0) }
    case 5:
      draft.size = try integer(&scanner, "/metadata/size", 1...FormatLimits.maximumSize, FormatWords.sizeRule) ?? 1
    case 6:
      let limit = Int64(ResourceGraph.maximumVertices)
      draft.rank = Int32(try integer(&scanner, "/metadata/rank", -1...limit, FormatWords.rankRule) ?? -1)
    case 7: try readStatus(&scanner, &draft)
    case 8: try readExclusive(&scanner)
    case 9: try readPaths(&scanner, &draft)
    case 10: try readProperties(&scanner, &draft)
    case 11: _ = try integer(&scanner, "/metadata/uniq_id", 0...Int64.max, "must be a whole number from 0")
    default: try scanner.skipValue(depth: Self.nodeDepth + 1)
    }
  }

  /// 0 is up and 1 is down.
  /// - Source: flux-sched, resource/schema/resource_data.hpp, `status_t`.
  private mutating func readStatus(_ scanner: inout TextScanner, _ draft: inout VertexDraft) throws(FormatError) {
    let status = try integer(&scanner, "/metadata/status", 0...1, "must be 0 for up or 1 for down")
    draft.status = status == 1 ? .down : .up
  }

  /// Who may share a vertex is for jobs to say, so the word is checked and dropped.
  private mutating func readExclusive(_ scanner: inout TextScanner) throws(FormatError) {
    if try scanner.kind() == .literal {
      if try scanner.literal() != nil { return }
    } else {
      try scanner.skipValue(depth: Self.nodeDepth + 1)
    }
    fault("/metadata/exclusive", "must be true or false")
  }
}
