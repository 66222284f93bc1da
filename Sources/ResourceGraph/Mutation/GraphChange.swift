public import Vocabulary

/// One fact about a change of the graph, as the log keeps it: names are resolved, checks are done.
///
/// As compact as what was asked for: 10,000 equal nodes are one fragment. The numbers, ids and ranks of what is
/// added follow from the graph that the change is applied to.
public enum GraphChange: Hashable, Sendable {
  /// `under` nil: the first root.
  case add(Fragment, under: VertexID?)
  /// With all that it holds.
  case remove(VertexID)
  case setStatus(VertexID, VertexStatus)
  /// `nil`: it takes work again.
  case drain(VertexID, Drain?)
  case exclude(VertexID, Bool)
  /// Keys to values; `nil` removes.
  case setProperties(VertexID, [PropertyChange])
  case resize(VertexID, Amount)
  case addEdge(GraphEdge)
  case removeEdge(GraphEdge)
}

extension GraphChange {
  /// What it changes of what there will be sooner or later; `nil`: it changes only what there is now.
  public var lasting: GraphChange? {
    switch self {
    case .setStatus, .drain: nil
    case .add(let fragment, let parent): .add(fragment.opened, under: parent)
    case .remove, .exclude, .setProperties, .resize, .addEdge, .removeEdge: self
    }
  }
}

extension Fragment {
  /// The same with everything up.
  fileprivate var opened: Fragment {
    var fragment = self
    fragment.status = .up
    fragment.children = children.map(\.opened)
    return fragment
  }
}

extension GraphChange {
  /// Vertices that something about is different afterwards for those who have them, beside whether they are up.
  public var altered: [VertexID] {
    switch self {
    case .add(_, let parent): parent.map { [$0] } ?? []
    case .setProperties(let vertex, _), .resize(let vertex, _): [vertex]
    case .addEdge(let edge), .removeEdge(let edge): [edge.source, edge.target]
    case .remove, .setStatus, .exclude, .drain: []
    }
  }
}

public struct PropertyChange: Hashable, Sendable {
  public let key: String
  public let value: String?

  public init(key: String, value: String?) {
    self.key = key
    self.value = value
  }
}

/// An edge of a subsystem other than containment.
public struct GraphEdge: Hashable, Sendable {
  public let subsystem: String
  public let source: VertexID
  public let target: VertexID
  public let relationship: String

  public init(subsystem: String, source: VertexID, target: VertexID, relationship: String) {
    self.subsystem = subsystem
    self.source = source
    self.target = target
    self.relationship = relationship
  }
}
