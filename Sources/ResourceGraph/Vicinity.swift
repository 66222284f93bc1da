/// Some vertices with all that lies above and beneath them: who holds anything of it shares something with them.
public struct Vicinity {
  private let graph: ResourceGraph
  private let vertices: Set<VertexID>
  /// With their ancestors: who holds all of something holds its parts.
  private var above: Set<VertexID>

  public init(of vertices: [VertexID], in graph: ResourceGraph) {
    self.graph = graph
    self.vertices = Set(vertices)
    above = self.vertices
    for vertex in vertices where graph.contains(vertex) {
      _ = graph.hasAncestor(of: vertex) { !above.insert($0).inserted }
    }
  }

  public func contains(_ grant: Grant) -> Bool {
    above.contains(grant.vertex) || graph.hasAncestor(of: grant.vertex, where: vertices.contains)
  }
}
