import Vocabulary

/// A part of a graph as a graph of its own: what a job holds, given out again to the steps inside it.
///
/// Inside, a vertex has as much as was granted of it, ranks count from 0, and nothing outside is known. Grants are
/// translated at the border, so that whoever looks from outside sees what a step has of the whole graph.
/// - Source: a Flux instance inside a job takes that job's R for its resources.
public struct Confinement: Sendable {
  /// With what is held inside taken.
  public private(set) var graph: ResourceGraph
  /// The same with nothing held.
  public let emptyGraph: ResourceGraph
  /// The vertices of the whole graph, in the order of those inside.
  private let outside: [VertexID]
  private let inside: [VertexID: VertexID]
  /// Inside vertices of which only some of what they contain was granted, never they themselves.
  private let partial: Set<VertexID>

  /// - Parameter grants: vertices of `whole`, by ascending number, one grant a vertex.
  public init(_ grants: [Grant], of whole: ResourceGraph) {
    var excerpt = Excerpt(grants, of: whole)
    graph = excerpt.makeGraph()
    emptyGraph = graph
    outside = excerpt.vertices
    inside = excerpt.places
    partial = Set(excerpt.partial.compactMap { [inside] in inside[$0] })
  }

  /// Whether a vertex of the whole graph is here, as a whole or in part.
  public func contains(_ vertex: VertexID) -> Bool { inside[vertex] != nil }

  /// What grants of the whole graph are inside; `nil`: something of it is not here.
  public func inward(_ grants: [Grant]) -> [Grant]? {
    var translated: [Grant] = []
    for grant in grants {
      guard let vertex = inside[grant.vertex] else { return nil }
      translated.append(Grant(vertex: vertex, amount: grant.amount))
    }
    return translated.sorted { $0.vertex < $1.vertex }
  }

  /// What grants inside are of the whole graph. All of a vertex that is shared outside is all that was granted of it.
  public func outward(_ grants: [Grant]) -> [Grant] {
    var translated: [Grant] = []
    for grant in grants { addOutward(grant, to: &translated) }
    return translated.sorted { $0.vertex < $1.vertex }
  }

  private func addOutward(_ grant: Grant, to translated: inout [Grant]) {
    guard partial.contains(grant.vertex) else {
      translated.append(Grant(vertex: outside[Int(grant.vertex.rawValue)], amount: grant.amount))
      return
    }
    for child in graph.children(of: grant.vertex) {
      addOutward(Grant(vertex: child, amount: Amount(thousandths: graph[child].size)), to: &translated)
    }
  }

  /// Whether grants of the whole graph could be given to a step now.
  public func accepts(_ grants: [Grant]) -> Bool { inward(grants).map { graph.accepts($0) } ?? false }

  /// - Precondition: `accepts(grants)`.
  public mutating func take(_ grants: [Grant]) {
    guard let inner = inward(grants) else { preconditionFailure("a step holds what its job does not") }
    graph.take(inner)
  }

  /// - Precondition: the grants were taken.
  public mutating func release(_ grants: [Grant]) {
    guard let inner = inward(grants) else { preconditionFailure("a step holds what its job does not") }
    graph.release(inner)
  }
}
