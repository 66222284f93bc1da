import Persistent
public import Vocabulary

/// The vertices of an instance, how they are related, and what of each is taken: the one ledger of allocations.
///
/// Generic: a vertex is a pool of some type. Containment is a tree; other subsystems are edges beside it. Only where
/// Flux's formats speak of ranks are vertices of the type `node` special. A value: copying it is O(1), and every
/// change costs what the change touches and its depth, never the size of the graph.
///
/// A vertex is free only after a logged release; time, cancellation and exits free nothing by themselves.
/// - Source: RFC 4.
public struct ResourceGraph: Sendable {
  /// Rises with every mutation, not with allocations: the graph's entity tag.
  public internal(set) var version: UInt64 = 0
  var names = Names()
  var vertices = ChunkedArray<Vertex>()
  var interiors = ChunkedArray<Interior>()
  /// The vertex of each rank; `Vertex.none` where there is none.
  var hosts = ChunkedArray<UInt32>()
  var liveCount = 0
  var hostsByName = SortedMap<String, UInt32>()
  /// Names that are not the basename and the id.
  var customNames = SortedMap<UInt32, String>()
  /// By ascending key.
  var properties = SortedMap<UInt32, [Property]>()
  var drains = SortedMap<UInt32, Drain>()
  var hardware = SortedMap<UInt32, [Int]>()
  /// Edges of subsystems other than containment, by source and by target.
  var edges = SortedSet<Edge>()
  var edgesByTarget = SortedSet<ReversedEdge>()
  /// Types of pools that supply others by edges beside containment.
  var auxiliaryTypes: Set<UInt16> = []
  /// Where the ids of hosts go on.
  var nextHostID = 0

  /// Ranked vertices, on which tasks run, have this type.
  public static let hostType = "node"
  /// 65,536 nodes of 150 vertices.
  public static let maximumVertices = 10_000_000

  public init() {}

  /// Vertices that are part of the graph.
  public var count: Int { liveCount }
  /// Where the next vertex's number begins; numbers are never reused.
  public var nextVertex: VertexID { VertexID(UInt32(vertices.count)) }
  /// One more than the highest rank ever given.
  public var rankLimit: Int { hosts.count }

  public var root: VertexID? { vertices.isEmpty || vertices[0].flags.contains(.removed) ? nil : VertexID(0) }

  public func contains(_ vertex: VertexID) -> Bool {
    vertex.rawValue < vertices.count && !self[vertex].flags.contains(.removed)
  }

  subscript(vertex: VertexID) -> Vertex { vertices[Int(vertex.rawValue)] }
  subscript(number: UInt32) -> Vertex { vertices[Int(number)] }

  func interior(of vertex: Vertex) -> Interior? {
    vertex.hasInterior ? interiors[Int(vertex.interior)] : nil
  }

  /// Places among a vertex's children, those of removed ones included.
  func slotCount(of vertex: Vertex) -> Int {
    vertex.hasInterior ? interiors[Int(vertex.interior)].children.count : 0
  }

  /// The child in a place; `Vertex.none` where it was removed.
  ///
  /// - Precondition: the vertex has the place.
  func child(of vertex: Vertex, at slot: Int) -> UInt32 { interiors[Int(vertex.interior)].children[slot] }

  // MARK: Sums

  /// What could be given out now of a type, anywhere.
  public func free(ofType type: String) -> Amount {
    guard let root, !self[root].isBlocked else { return .zero }
    return sum(ofType: type) { $0.free }
  }

  /// What there is of a type, free or not, up or down.
  public func total(ofType type: String) -> Amount { sum(ofType: type) { $0.total } }

  private func sum(ofType type: String, _ sums: (Interior) -> [Int64]) -> Amount {
    guard let root, let number = names.number(of: type), let interior = interior(of: self[root]),
      let index = interior.index(of: number)
    else { return .zero }
    return Amount(thousandths: sums(interior)[index])
  }
}

/// Why and since when a vertex takes nothing new.
public struct Drain: Hashable, Sendable {
  public let reason: String
  public let at: Timestamp

  public init(reason: String, at: Timestamp) {
    self.reason = reason
    self.at = at
  }
}

/// An edge of a subsystem other than containment.
struct Edge: Hashable, Comparable, Sendable {
  let source: UInt32
  let subsystem: UInt16
  let target: UInt32
  let relationship: UInt16

  static func < (a: Self, b: Self) -> Bool {
    (a.source, a.subsystem, a.target, a.relationship) < (b.source, b.subsystem, b.target, b.relationship)
  }
}

/// The same, found from its target.
struct ReversedEdge: Hashable, Comparable, Sendable {
  let target: UInt32
  let subsystem: UInt16
  let source: UInt32
  let relationship: UInt16

  static func < (a: Self, b: Self) -> Bool {
    (a.target, a.subsystem, a.source, a.relationship) < (b.target, b.subsystem, b.source, b.relationship)
  }
}
