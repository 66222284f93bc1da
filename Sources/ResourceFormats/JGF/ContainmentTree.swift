import ResourceGraph

/// The parent, the children and the order of every vertex; made only of a document in which all of that is right.
struct ContainmentTree {
  static let none: Int32 = -1

  private(set) var parents: [Int32]
  /// Edges of other subsystems, by vertex.
  private(set) var otherEdges: [EdgeDraft] = []
  /// `children[firstChild[v]..<firstChild[v + 1]]` are those of `v`.
  private(set) var firstChild: [Int32] = []
  private(set) var children: [Int32] = []
  /// Parents before children, and a subtree in one piece.
  private(set) var order: [Int32] = []
  private(set) var rootVertices: [Int32] = []

  /// Of use only while `faults` is empty.
  init(_ collector: borrowing JGFCollector, roots: JGFRoots, faults: inout FaultList) {
    parents = Array(repeating: Self.none, count: collector.vertices.count)
    link(collector, &faults)
    guard faults.isEmpty else { return }
    adopt(collector)
    checkRoots(collector, roots, &faults)
    guard faults.isEmpty else { return }
    listChildren()
    sortChildren(collector)
    walk(collector, &faults)
  }

  func childRange(of vertex: Int32) -> Range<Int> {
    Int(firstChild[Int(vertex)])..<Int(firstChild[Int(vertex) + 1])
  }

  // MARK: Edges

  private struct EdgeKey: Hashable {
    let source: Int32
    let target: Int32
    let subsystem: UInt16
  }

  private mutating func link(_ collector: borrowing JGFCollector, _ faults: inout FaultList) {
    var others: Set<EdgeKey> = []
    var backward: [(Int, Int32, Int32)] = []
    for (number, edge) in collector.edges.enumerated() where !faults.isFull {
      let source = collector.vertexOfIdentifier[Int(edge.source)]
      let target = collector.vertexOfIdentifier[Int(edge.target)]
      if source < 0 { faults.report(collector.edgePointer(number, "/source"), "must be the id of a node") }
      if target < 0 { faults.report(collector.edgePointer(number, "/target"), "must be the id of a node") }
      guard source >= 0, target >= 0 else { continue }
      if source == target {
        faults.report(collector.edgePointer(number), "must not lead back to where it begins")
      } else if edge.subsystem != collector.containment {
        guard others.insert(EdgeKey(source: source, target: target, subsystem: edge.subsystem)).inserted else {
          faults.report(collector.edgePointer(number), "is there twice")
          continue
        }
        otherEdges.append(
          EdgeDraft(source: source, target: target, subsystem: edge.subsystem, relationship: edge.relationship))
      } else if edge.relationship == collector.isIn {
        backward.append((number, source, target))
      } else if parents[Int(target)] < 0 {
        parents[Int(target)] = source
      } else {
        let isTwice = parents[Int(target)] == source
        faults.report(
          collector.edgePointer(number),
          isTwice ? "is there twice" : "gives \(collector.nodePointer(Int(target))) a second parent")
      }
    }
    if otherEdges.count > GraphLimits.maximumEdges {
      faults.report(collector.base + "/edges", "must be at most \(GraphLimits.maximumEdges) outside of containment")
    }
    for (number, source, target) in backward where parents[Int(source)] != target {
      faults.report(collector.edgePointer(number), "must be the way back of an edge that contains")
    }
  }

  /// Gives a place to vertices that are only in other subsystems: beneath what leads to them there, or the root.
  ///
  /// Every vertex of ours is contained, so that it can be named by one path.
  private mutating func adopt(_ collector: borrowing JGFCollector) {
    var isHomeless = parents.map { $0 < 0 }
    for (vertex, draft) in collector.vertices.enumerated() where !draft.isElsewhere || !draft.path.isEmpty {
      isHomeless[vertex] = false
    }
    guard isHomeless.contains(true), let root = parents.indices.first(where: { parents[$0] < 0 && !isHomeless[$0] })
    else { return }
    for edge in otherEdges where isHomeless[Int(edge.target)] && parents[Int(edge.target)] < 0 {
      parents[Int(edge.target)] = edge.source
    }
    for vertex in parents.indices where isHomeless[vertex] && parents[vertex] < 0 { parents[vertex] = Int32(root) }
  }

  // MARK: Roots

  private mutating func checkRoots(_ collector: borrowing JGFCollector, _ roots: JGFRoots, _ faults: inout FaultList) {
    rootVertices = parents.indices.filter { parents[$0] < 0 }.map(Int32.init)
    if parents.isEmpty { return faults.report(collector.base + "/nodes", "must hold at least one vertex") }
    guard let first = rootVertices.first else {
      return faults.report(collector.nodePointer(0), "is contained in itself")
    }
    guard case .one = roots else { return }
    for other in rootVertices.dropFirst() {
      faults.report(
        collector.nodePointer(Int(other)),
        "must have a parent, because \(collector.nodePointer(Int(first))) is the root already")
    }
    let draft = collector.vertices[Int(first)]
    if !draft.path.isEmpty, collector.kept(draft.path).dropFirst().contains(UInt8(ascii: "/")) {
      faults.report(collector.nodePointer(Int(first), "/metadata/paths/containment"), "must be that of a root")
    }
  }

  // MARK: Children

  private mutating func listChildren() {
    firstChild = Array(repeating: 0, count: parents.count + 1)
    for parent in parents where parent >= 0 { firstChild[Int(parent) + 1] += 1 }
    for index in parents.indices { firstChild[index + 1] += firstChild[index] }
    children = Array(repeating: 0, count: Int(firstChild[parents.count]))
    var next = firstChild
    for vertex in parents.indices where parents[vertex] >= 0 {
      let parent = Int(parents[vertex])
      children[Int(next[parent])] = Int32(vertex)
      next[parent] += 1
    }
  }

  /// Brings equal siblings together: kinds in the order in which they first appear, each kind by its ids.
  private mutating func sortChildren(_ collector: borrowing JGFCollector) {
    for vertex in parents.indices {
      let range = Int(firstChild[vertex])..<Int(firstChild[vertex + 1])
      if range.count > 1 { sort(range, collector) }
    }
    rootVertices = Self.sorted(rootVertices[...], collector) ?? rootVertices
  }

  private mutating func sort(_ range: Range<Int>, _ collector: borrowing JGFCollector) {
    if let sorted = Self.sorted(children[range], collector) { children.replaceSubrange(range, with: sorted) }
  }

  /// `nil` when the siblings are in order.
  private static func sorted(_ siblings: ArraySlice<Int32>, _ collector: borrowing JGFCollector) -> [Int32]? {
    var kinds: [UInt32: Int] = [:]
    var last: (kind: UInt32, place: Int, id: Int32) = (.max, -1, -1)
    var isSorted = true
    var keyed: [(place: Int, id: Int32, vertex: Int32)] = []
    keyed.reserveCapacity(siblings.count)
    for vertex in siblings {
      let draft = collector.vertices[Int(vertex)]
      let kind = UInt32(draft.type) << 16 | UInt32(draft.basename)
      if kind != last.kind {
        let place = kinds[kind] ?? kinds.count
        kinds[kind] = place
        isSorted = isSorted && place > last.place
        last = (kind, place, -1)
      }
      isSorted = isSorted && draft.id >= last.id
      last.id = draft.id
      keyed.append((last.place, draft.id, vertex))
    }
    if isSorted { return nil }
    return keyed.enumerated().sorted { a, b in
      (a.element.place, a.element.id, a.offset) < (b.element.place, b.element.id, b.offset)
    }.map(\.element.vertex)
  }

  // MARK: Order

  private mutating func walk(_ collector: borrowing JGFCollector, _ faults: inout FaultList) {
    order.reserveCapacity(parents.count)
    var open: [(vertex: Int32, depth: Int)] = rootVertices.reversed().map { ($0, 1) }
    while let (vertex, depth) = open.popLast() {
      guard depth <= GraphLimits.maximumDepth else {
        return faults.report(
          collector.nodePointer(Int(vertex)), "must be contained at most \(GraphLimits.maximumDepth) deep")
      }
      order.append(vertex)
      for index in childRange(of: vertex).reversed() { open.append((children[index], depth + 1)) }
    }
    guard order.count < parents.count else { return }
    faults.report(collector.nodePointer(vertexOnCycle()), "is contained in itself")
  }

  /// A vertex that the roots do not lead to and that is its own ancestor.
  private func vertexOnCycle() -> Int {
    var isSeen = Array(repeating: false, count: parents.count)
    for vertex in order { isSeen[Int(vertex)] = true }
    guard var vertex = isSeen.firstIndex(of: false) else { preconditionFailure("a vertex was not reached") }
    while !isSeen[vertex] {
      isSeen[vertex] = true
      vertex = Int(parents[vertex])
    }
    return vertex
  }
}
