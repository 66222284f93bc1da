import ResourceGraph

/// Takes in a document's nodes and edges one by one, and keeps of them what `ContainmentTree` needs.
///
/// Checks what can be told of a node alone; what concerns several is for the tree to check.
struct JGFCollector {
  /// The JSON Pointer of the graph.
  let base: String
  var vertices: [VertexDraft] = []
  var edges: [EdgeDraft] = []
  /// Names and paths, one after another.
  var arena: [UInt8] = []
  var words = WordTable()
  var identifiers = IdentifierTable()
  /// The vertex of each numbered identifier; -1 while only edges name it.
  var vertexOfIdentifier: [Int32] = []
  var propertySets: [[Property]] = [[]]
  var numberOfPropertySet: [[Property]: Int32] = [[]: 0]
  /// Ranks that overrule those of the document, by host name.
  var ranksByName: [String: Int32] = [:]
  var faults = FaultList()
  /// Node numbers and members where reading is now, for pointers.
  var nodeCount = 0
  var edgeCount = 0

  let containment: UInt16
  let contains: UInt16
  let isIn: UInt16
  let empty: UInt16

  init(base: String) {
    self.base = base
    containment = words.number(adding: "containment")
    contains = words.number(adding: "contains")
    isIn = words.number(adding: "in")
    empty = words.number(adding: "")
  }

  func nodePointer(_ node: Int, _ member: String = "") -> String { "\(base)/nodes/\(node)\(member)" }
  func edgePointer(_ edge: Int, _ member: String = "") -> String { "\(base)/edges/\(edge)\(member)" }

  mutating func fault(_ member: @autoclosure () -> String, _ message: @autoclosure () -> String) {
    guard !faults.isFull else { return }
    let pointer = nodePointer(nodeCount, member())
    faults.report(pointer, message())
  }

  mutating func edgeFault(_ member: @autoclosure () -> String, _ message: @autoclosure () -> String) {
    guard !faults.isFull else { return }
    let pointer = edgePointer(edgeCount, member())
    faults.report(pointer, message())
  }

  /// Copies text that outlives the scanner.
  mutating func keep(_ text: ArraySlice<UInt8>) -> VertexDraft.Text {
    // The arena is the smaller part of a body, which is far below 4 GiB.
    guard arena.count + text.count <= Int(UInt32.max) else { preconditionFailure("a body is below 4 GiB") }
    let start = UInt32(arena.count)
    arena.append(contentsOf: text)
    return VertexDraft.Text(start: start, count: UInt32(text.count))
  }

  func kept(_ text: VertexDraft.Text) -> ArraySlice<UInt8> { arena[text.range] }

  mutating func identifierNumber(_ text: ArraySlice<UInt8>) -> Int32 {
    let number = identifiers.number(adding: text)
    if Int(number) == vertexOfIdentifier.count { vertexOfIdentifier.append(-1) }
    return number
  }
}
