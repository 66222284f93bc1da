import ResourceGraph
import Vocabulary

/// Turns a request's operations into facts, one after the other, on a copy of the graph.
struct MutationDraft {
  private(set) var graph: ResourceGraph
  private(set) var changes: [GraphChange] = []
  private(set) var added: [Range<UInt32>] = []
  /// Removals that wait for those who hold something there.
  private(set) var departing: [VertexID] = []
  /// Those of them whose holders must go.
  private(set) var evicting: [VertexID] = []
  private let now: Timestamp

  var removed: [VertexID] {
    changes.compactMap { if case .remove(let vertex) = $0 { vertex } else { nil } }
  }

  /// Whose size, or whose being without parts, changed.
  var reshaped: Set<VertexID> {
    var vertices: Set<VertexID> = []
    for change in changes {
      switch change {
      case .resize(let vertex, _), .add(_, under: let vertex?): vertices.insert(vertex)
      default: break
      }
    }
    return vertices
  }

  init(_ graph: ResourceGraph, at now: Timestamp) {
    self.graph = graph
    self.now = now
  }

  mutating func add(_ operation: GraphMutation.Operation) throws(MutationFault) {
    switch operation {
    case .add(let document, let parent): try add(document, under: try vertex(parent, "parent"))
    case .remove(let reference, let mode): try remove(try vertex(reference), mode)
    case .setStatus(let reference, let status): try make(.setStatus(try vertex(reference), status))
    case .drain(let reference, let reason): try drain(try vertex(reference), reason)
    case .exclude(let reference, let isExcluded): try make(.exclude(try vertex(reference), isExcluded))
    case .setProperties(let reference, let properties): try make(.setProperties(try vertex(reference), properties))
    case .resize(let reference, let size): try make(.resize(try vertex(reference), size))
    case .addEdge(let edge): try make(.addEdge(try graph.resolved(edge)))
    case .removeEdge(let edge): try make(.removeEdge(try graph.resolved(edge)))
    }
  }

  private mutating func make(_ change: GraphChange) throws(MutationFault) {
    try graph.check(change)
    graph.apply(change)
    changes.append(change)
  }

  private mutating func add(_ document: GraphDocument, under parent: VertexID) throws(MutationFault) {
    let first = graph.nextVertex.rawValue
    for fragment in document.fragments { try make(.add(fragment, under: parent)) }
    for edge in document.edges { try make(.addEdge(try graph.resolved(edge))) }
    added.append(first..<graph.nextVertex.rawValue)
  }

  /// What takes work again is not on its way out.
  private mutating func drain(_ vertex: VertexID, _ reason: String?) throws(MutationFault) {
    try make(.drain(vertex, reason.map { Drain(reason: $0, at: now) }))
    guard reason == nil else { return }
    departing.removeAll { $0 == vertex }
    evicting.removeAll { $0 == vertex }
  }

  private mutating func remove(_ vertex: VertexID, _ mode: RemovalMode) throws(MutationFault) {
    guard graph.isInUse(vertex), mode != .reject else { return try make(.remove(vertex)) }
    guard vertex != graph.root else {
      throw .invalid(member: "path", message: "the root cannot be removed")
    }
    try make(.drain(vertex, Drain(reason: "to be removed", at: now)))
    if !departing.contains(vertex) { departing.append(vertex) }
    if mode == .evict, !evicting.contains(vertex) { evicting.append(vertex) }
  }

  // MARK: Names

  private func vertex(_ reference: VertexReference, _ member: String = "path") throws(MutationFault) -> VertexID {
    let found =
      switch reference {
      case .path(let path): graph.vertex(at: path)
      case .number(let vertex): graph.contains(vertex) ? vertex : nil
      case .host(let name): graph.host(named: name)
      }
    guard let found else { throw .invalid(member: member, message: "there is no such vertex") }
    return found
  }
}
