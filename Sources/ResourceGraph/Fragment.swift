public import Vocabulary

/// A subtree as it is described: what a mutation adds, and what formats read and write.
///
/// As compact as a recipe: `count` equal siblings are one fragment, whatever they hold.
/// - Source: RFC 4 (resource model); the compactness is Fluxion's GRUG's.
public struct Fragment: Hashable, Sendable {
  public var type: String
  /// What default names begin with; `nil`: the type.
  public var basename: String?
  /// Equal siblings; at least 1.
  public var count: Int
  /// One name each; `nil`: the basename and the id.
  public var names: Hostlist?
  /// The first one's id, the others follow; `nil`: after the highest of its type on the same host, or else beneath the
  /// same parent; hosts count through the whole graph.
  public var firstID: Int?
  /// Units of each, more than zero.
  public var size: Amount
  /// What the units are, such as `MiB` or `W`; empty: pieces.
  public var unit: String
  public var status: VertexStatus
  /// `key` or `key=value`; equal on all siblings.
  public var properties: [Property]
  /// The operating system's numbers of the hardware threads of a core; empty: not known.
  public var cpus: [Int]
  /// The first one's rank, the others follow; only for hosts. `nil`: the next that was never used.
  public var firstRank: Int?
  public var children: [Fragment]

  public init(
    type: String, basename: String? = nil, count: Int = 1, names: Hostlist? = nil, firstID: Int? = nil,
    size: Amount = .one, unit: String = "", status: VertexStatus = .up, properties: [Property] = [], cpus: [Int] = [],
    firstRank: Int? = nil, children: [Fragment] = []
  ) {
    self.type = type
    self.basename = basename
    self.count = count
    self.names = names
    self.firstID = firstID
    self.size = size
    self.unit = unit
    self.status = status
    self.properties = properties
    self.cpus = cpus
    self.firstRank = firstRank
    self.children = children
  }
}

/// A word about a vertex that constraints ask for.
///
/// - Source: RFC 20, `properties`; values are Fluxion's.
public struct Property: Hashable, Sendable, Comparable {
  public var key: String
  public var value: String

  public init(key: String, value: String = "") {
    self.key = key
    self.value = value
  }

  public static func < (a: Self, b: Self) -> Bool { a.key < b.key }
}

/// Whether a vertex and what it holds may be given out.
public enum VertexStatus: UInt8, Sendable, Hashable, CaseIterable {
  case up
  /// Not reachable or broken.
  case down
}

/// An edge between vertices in a subsystem other than containment, by their containment paths.
public struct EdgeDescription: Hashable, Sendable {
  public var subsystem: String
  public var source: String
  public var target: String
  /// What the source does to the target, such as `supplies`; empty: the subsystem's own name.
  public var relationship: String

  public init(subsystem: String, source: String, target: String, relationship: String = "") {
    self.subsystem = subsystem
    self.source = source
    self.target = target
    self.relationship = relationship
  }
}

/// A whole graph, or a part of one, as formats carry it.
public struct GraphDocument: Hashable, Sendable {
  /// Containment; the root of a whole graph is one fragment of count 1.
  public var fragments: [Fragment]
  public var edges: [EdgeDescription]

  public init(fragments: [Fragment], edges: [EdgeDescription] = []) {
    self.fragments = fragments
    self.edges = edges
  }
}
