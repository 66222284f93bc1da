import ResourceGraph
import Vocabulary

/// Reads the edges of a recipe: by subsystem, lines of two path patterns with an arrow in between.
struct RecipeEdges {
  private(set) var faults = FaultList()
  private var document: GraphDocument
  private var patterns: [PathPattern] = []
  private var lines: [(subsystem: String, pointer: String)] = []

  /// Most lines: each is compared with every vertex of its levels.
  private static let maximumLines = 1_000

  init(_ document: GraphDocument) { self.document = document }

  mutating func read(_ value: JSONValue) -> GraphDocument {
    guard case .object(let subsystems) = value else {
      faults.report("/edges", "must be an object of lines by subsystem")
      return document
    }
    for member in subsystems.members { readLines(member) }
    guard faults.isEmpty else { return document }
    match()
    for number in lines.indices where !faults.isFull { join(number) }
    let unique = Set(document.edges.map { [$0.subsystem, $0.source, $0.target] })
    if faults.isEmpty, unique.count < document.edges.count { faults.report("/edges", "must give each edge once") }
    return document
  }

  private mutating func readLines(_ member: JSONObject.Member) {
    let pointer = "/edges/\(FaultList.escaped(member.name))"
    guard GraphWords.isType(member.name.utf8), member.name != "containment" else {
      return faults.report(pointer, "a subsystem \(GraphWords.typeRule), and is not containment")
    }
    guard case .array(let elements) = member.value else {
      return faults.report(pointer, "must be an array of lines such as \"/cluster0/pdu0 -> /cluster0/node[0-3]\"")
    }
    guard lines.count + elements.count <= Self.maximumLines else {
      return faults.report(pointer, "must be at most \(Self.maximumLines) lines; brackets hold many edges in one")
    }
    for (index, element) in elements.enumerated() {
      let ends = (element.string ?? "").split(separator: " -> ", omittingEmptySubsequences: false)
      guard ends.count == 2, let source = PathPattern(ends[0]), let target = PathPattern(ends[1]) else {
        faults.report("\(pointer)/\(index)", "must be two paths, such as \"/cluster0/pdu0 -> /cluster0/node[0-3]\"")
        continue
      }
      patterns += [source, target]
      lines.append((member.name, "\(pointer)/\(index)"))
    }
  }

  /// One walk for all patterns; a path stays with those that its beginning fits.
  private mutating func match() {
    var open: [(number: UInt32, fitting: [Int])] = []
    var patterns = patterns
    var walk = DocumentWalk()
    walk.visitWhile(document) { vertex, parent in
      while let last = open.last, last.number != parent { open.removeLast() }
      let fitting = (open.last?.fitting ?? Array(patterns.indices)).filter {
        patterns[$0].fits(vertex.name, level: open.count)
      }
      open.append((vertex.uniqueID, fitting))
      for number in fitting where patterns[number].count == open.count { patterns[number].add(vertex.path) }
      return fitting.contains { patterns[$0].count > open.count }
    }
    self.patterns = patterns
  }

  /// Joins what the two patterns of a line match, in equal shares and in order.
  private mutating func join(_ line: Int) {
    let (subsystem, pointer) = lines[line]
    for pattern in patterns[(2 * line)...(2 * line + 1)] {
      if pattern.isTooWide { return faults.report(pointer, "makes more than \(GraphLimits.maximumEdges) edges") }
      if let name = pattern.unmatched { return faults.report(pointer, "matches no vertex named \"\(name)\" there") }
      if pattern.paths.isEmpty { return faults.report(pointer, "matches no vertex") }
    }
    let sources = patterns[2 * line].paths
    let targets = patterns[2 * line + 1].paths
    let count = max(sources.count, targets.count)
    guard count % sources.count == 0, count % targets.count == 0 else {
      return faults.report(pointer, "\(sources.count) vertices cannot be joined to \(targets.count) in equal shares")
    }
    guard document.edges.count + count <= GraphLimits.maximumEdges else {
      return faults.report(pointer, "makes more than \(GraphLimits.maximumEdges) edges")
    }
    for index in 0..<count {
      let source = sources[index / (count / sources.count)]
      let target = targets[index / (count / targets.count)]
      guard source != target else { return faults.report(pointer, "must not lead back to where it begins") }
      document.edges.append(EdgeDescription(subsystem: subsystem, source: source, target: target))
    }
  }
}
