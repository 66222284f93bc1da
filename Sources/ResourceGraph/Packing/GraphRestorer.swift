import Persistent
public import Vocabulary

/// Puts a graph together from the chunks of a snapshot.
///
/// Nothing is held in the graph that comes out of it. Every number is checked before it is used, so that a damaged
/// snapshot is refused rather than believed.
public struct GraphRestorer {
  private var graph = ResourceGraph()
  public private(set) var hasBegun = false
  private var ranks: [UInt32] = []
  private var expectedCount = 0

  public init() {}

  public mutating func add(_ chunk: [UInt8]) throws(PackedError) {
    var reader = PackedReader(chunk)
    switch ResourceGraph.SnapshotPart(rawValue: try reader.readByte()) {
    case .head: try readHead(&reader)
    case .vertices:
      guard hasBegun else { throw .invalid("vertices of no graph", offset: 0) }
      for _ in 0..<(try reader.readUInt64()) { try readVertex(&reader) }
    case nil: throw .invalid("part of a graph", offset: 0)
    }
    guard reader.isAtEnd else { throw .invalid("bytes after a part of a graph", offset: reader.offset) }
  }

  /// The whole graph, with its sums and indexes.
  public mutating func finish() throws(PackedError) -> ResourceGraph {
    guard hasBegun, graph.vertices.count == expectedCount else { throw .truncated(offset: 0) }
    try linkHosts()
    try linkChildren()
    for edge in graph.edges {
      guard graph.contains(VertexID(edge.source)), graph.contains(VertexID(edge.target)) else {
        throw .invalid("edge of no vertex", offset: 0)
      }
    }
    return graph
  }

  // MARK: Reading

  private mutating func readHead(_ reader: inout PackedReader) throws(PackedError) {
    guard !hasBegun else { throw .invalid("second head of a graph", offset: reader.offset) }
    hasBegun = true
    graph.version = try reader.readUInt64()
    for word in try reader.readList({ (reader) throws(PackedError) in try reader.readString() }) {
      guard graph.names.count < Names.maximumCount else { throw .invalid("words of a graph", offset: reader.offset) }
      _ = graph.names.number(adding: word)
    }
    for _ in 0..<(try reader.readUInt64()) { graph.auxiliaryTypes.insert(try readWord(&reader)) }
    graph.nextHostID = try reader.readInt()
    expectedCount = try reader.readInt()
    guard (0...ResourceGraph.maximumVertices).contains(expectedCount) else {
      throw .invalid("number of vertices", offset: reader.offset)
    }
    ranks = try reader.readList { (reader) throws(PackedError) in try reader.readUInt32() }
    for _ in 0..<(try reader.readUInt64()) {
      let vertex = try readNumber(&reader)
      graph.customNames[vertex] = try reader.readString()
    }
    for _ in 0..<(try reader.readUInt64()) {
      let vertex = try readNumber(&reader)
      graph.properties[vertex] = try reader.readList { (reader) throws(PackedError) in try Property(unpacking: &reader)
      }
    }
    for _ in 0..<(try reader.readUInt64()) {
      let vertex = try readNumber(&reader)
      graph.drains[vertex] = try Drain(unpacking: &reader)
    }
    for _ in 0..<(try reader.readUInt64()) {
      let vertex = try readNumber(&reader)
      graph.hardware[vertex] = try reader.readList { (reader) throws(PackedError) in try reader.readInt() }
    }
    for _ in 0..<(try reader.readUInt64()) { try readEdge(&reader) }
  }

  private func readWord(_ reader: inout PackedReader) throws(PackedError) -> UInt16 {
    let number = try reader.readUInt32()
    guard number < graph.names.count else { throw .invalid("word of a graph", offset: reader.offset) }
    return UInt16(number)
  }

  private func readNumber(_ reader: inout PackedReader) throws(PackedError) -> UInt32 {
    let number = try reader.readUInt32()
    guard number < expectedCount else { throw .invalid("number of a vertex", offset: reader.offset) }
    return number
  }

  private mutating func readEdge(_ reader: inout PackedReader) throws(PackedError) {
    let source = try readNumber(&reader)
    let subsystem = try readWord(&reader)
    let target = try readNumber(&reader)
    let relationship = try readWord(&reader)
    graph.edges.insert(Edge(source: source, subsystem: subsystem, target: target, relationship: relationship))
    graph.edgesByTarget.insert(
      ReversedEdge(target: target, subsystem: subsystem, source: source, relationship: relationship))
  }

  private mutating func readVertex(_ reader: inout PackedReader) throws(PackedError) {
    guard graph.vertices.count < expectedCount else {
      throw .invalid("more vertices than there are", offset: reader.offset)
    }
    let number = UInt32(graph.vertices.count)
    let marks = VertexMarks(rawValue: try reader.readByte())
    let type = try readWord(&reader)
    let basename = try readWord(&reader)
    let unit = try readWord(&reader)
    let size = try reader.readInt64()
    let id = try reader.readInt32()
    let distance = try reader.readUInt32()
    guard size >= 0, distance <= number, (distance == 0) == (number == 0) else {
      throw .invalid("vertex \(number)", offset: reader.offset)
    }
    var vertex = Vertex(
      size: size, parent: distance == 0 ? Vertex.none : number - distance,
      slot: marks.contains(.detached) ? Vertex.none : 0,
      host: Vertex.none, id: id, type: type, basename: basename, unit: unit, flags: marks.flags)
    if marks.contains(.hasInterior) {
      vertex.interior = UInt32(graph.interiors.count)
      graph.interiors.append(Interior())
    }
    if !vertex.flags.contains(.removed) { graph.liveCount += 1 }
    graph.vertices.append(vertex)
  }

  // MARK: Linking

  private mutating func linkHosts() throws(PackedError) {
    for (rank, number) in ranks.enumerated() {
      graph.hosts.append(number)
      guard number != Vertex.none else { continue }
      guard number < graph.vertices.count, graph[number].hasInterior else { throw .invalid("host", offset: 0) }
      graph.interiors.modify(Int(graph[number].interior)) { $0.rank = Int32(clamping: rank) }
      graph.vertices.modify(Int(number)) { $0.host = number }
      if !graph[number].flags.contains(.removed) { graph.hostsByName[graph.name(of: VertexID(number))] = number }
    }
  }

  private mutating func linkChildren() throws(PackedError) {
    for number in 1..<max(1, UInt32(graph.vertices.count)) {
      let parent = graph[graph[number].parent]
      guard parent.hasInterior else { throw .invalid("child of what can have none", offset: 0) }
      let isDetached = graph[number].slot == Vertex.none
      guard isDetached || graph[number].flags.contains(.removed) == parent.flags.contains(.removed) else {
        throw .invalid("removed vertex among those that are there", offset: 0)
      }
      let slot = isDetached ? 0 : UInt32(graph.interiors[Int(parent.interior)].children.count)
      graph.vertices.modify(Int(number)) { vertex in
        vertex.slot = slot
        if vertex.host == Vertex.none { vertex.host = parent.host }
      }
      if isDetached { continue }
      graph.interiors.modify(Int(parent.interior)) { interior in
        interior.children.append(number)
        interior.liveChildren += 1
      }
    }
    // Children have higher numbers than what contains them.
    for number in (0..<UInt32(graph.vertices.count)).reversed() where graph[number].hasInterior {
      graph.sumUp(number)
    }
  }
}

extension ResourceGraph {
  /// Works out what lies beneath a vertex from its children, whose own sums are right.
  fileprivate mutating func sumUp(_ number: UInt32) {
    let place = Int(self[number].interior)
    var interior = interiors[place]
    for child in interior.children {
      let vertex = self[child]
      Self.add(vertex.size, of: vertex.type, to: &interior, isFree: false)
      if let below = self.interior(of: vertex) {
        for (index, type) in below.types.enumerated() {
          Self.add(below.total[index], of: type, to: &interior, isFree: false)
        }
      }
      for change in contributions(of: child) { Self.add(change.amount, of: change.type, to: &interior, isFree: true) }
    }
    interiors[place] = interior
    if interior.children.count > Interior.groupWidth { rebuildMaxima(of: place) }
  }

  private static func add(_ amount: Int64, of type: UInt16, to interior: inout Interior, isFree: Bool) {
    if interior.index(of: type) == nil {
      interior.types.append(type)
      interior.free.append(0)
      interior.total.append(0)
    }
    guard let index = interior.index(of: type) else { return }
    if isFree { interior.free[index] += amount } else { interior.total[index] += amount }
  }
}

extension ResourceGraph {
  /// The same with nothing held, and everything up that is not excluded: what there will be sooner or later.
  ///
  /// - Precondition: nothing is held.
  public var opened: ResourceGraph {
    var graph = self
    for number in 0..<UInt32(vertices.count)
    where !self[number].flags.contains(.removed) && !self[number].flags.isDisjoint(with: [.down, .drained]) {
      graph.apply(.setStatus(VertexID(number), .up))
      graph.apply(.drain(VertexID(number), nil))
    }
    graph.version = version
    return graph
  }
}
