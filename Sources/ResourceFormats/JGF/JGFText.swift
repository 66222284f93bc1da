public import ResourceGraph

/// Reads the text of a graph in the JSON Graph Format in one pass, without a tree of values.
public enum JGFText {
  /// Reads `{"graph": {"nodes": […], "edges": […]}}`, or the same within the `scheduling` of an R.
  ///
  /// - Throws: `malformed` for what is no JSON; `invalid` with the faults, by pointer.
  public static func read(_ bytes: [UInt8], roots: JGFRoots = .one) throws(FormatError) -> GraphDocument {
    var scanner = TextScanner(bytes)
    scanner.skipBlanks()
    var collector = JGFCollector(base: "/graph")
    let isFound = try readDocument(&scanner, &collector, pointer: "", depth: 0)
    try scanner.finish()
    if !isFound, collector.faults.isEmpty { collector.faults.report("/graph", "is required") }
    return try collector.document(roots: roots)
  }

  /// - Returns: whether a graph was found.
  private static func readDocument(
    _ scanner: inout TextScanner, _ collector: inout JGFCollector, pointer: String, depth: Int
  ) throws(FormatError) -> Bool {
    guard try scanner.kind() == .object else {
      collector.faults.report(pointer, "must be an object")
      try scanner.skipValue(depth: depth)
      return false
    }
    var members = MemberTracker()
    var isFound = false
    try scanner.take(UInt8(ascii: "{"))
    if scanner.takesIfNext(UInt8(ascii: "}")) { return false }
    repeat {
      switch try members.next(&scanner, MemberTracker.document) {
      case 0 where !isFound:
        isFound = true
        if depth > 0 { collector = JGFCollector(base: pointer + "/graph") }
        try readGraph(&scanner, &collector)
      case 1 where depth == 0 && !isFound:
        isFound = try readDocument(&scanner, &collector, pointer: "/scheduling", depth: 1)
      default: try scanner.skipValue(depth: depth + 1)
      }
    } while try scanner.hasMore(until: UInt8(ascii: "}"))
    return isFound
  }

  private static func readGraph(_ scanner: inout TextScanner, _ collector: inout JGFCollector) throws(FormatError) {
    guard try scanner.kind() == .object else {
      collector.faults.report(collector.base, "must be an object")
      return try scanner.skipValue(depth: 2)
    }
    var members = MemberTracker()
    try scanner.take(UInt8(ascii: "{"))
    if !scanner.takesIfNext(UInt8(ascii: "}")) {
      repeat {
        switch try members.next(&scanner, MemberTracker.graph) {
        case 0:
          try readElements(&scanner, &collector, "nodes") { text, nodes throws(FormatError) in
            try nodes.readNode(&text)
          }
        case 1:
          try readElements(&scanner, &collector, "edges") { text, edges throws(FormatError) in
            try edges.readEdge(&text)
          }
        default: try scanner.skipValue(depth: 3)
        }
      } while try scanner.hasMore(until: UInt8(ascii: "}"))
    }
    for (number, member) in ["nodes", "edges"].enumerated() where !members.has(number) {
      collector.faults.report("\(collector.base)/\(member)", "is required")
    }
  }

  private static func readElements(
    _ scanner: inout TextScanner, _ collector: inout JGFCollector, _ member: String,
    _ read: (inout TextScanner, inout JGFCollector) throws(FormatError) -> Void
  ) throws(FormatError) {
    guard try scanner.kind() == .array else {
      collector.faults.report("\(collector.base)/\(member)", "must be an array")
      return try scanner.skipValue(depth: 3)
    }
    try scanner.take(UInt8(ascii: "["))
    if scanner.takesIfNext(UInt8(ascii: "]")) { return }
    repeat { try read(&scanner, &collector) } while try scanner.hasMore(until: UInt8(ascii: "]"))
  }
}
