public import ResourceGraph

extension GraphDocument {
  /// The text of a whole graph in the JSON Graph Format.
  ///
  /// - Precondition: paths in `edges` are those of vertices, as every reader of this room makes sure.
  public func jgf() -> [UInt8] {
    var writer = JGFWriter()
    var edges: [JGFEdge] = []
    let named = Set(self.edges.flatMap { [$0.source, $0.target] })
    var numbers: [String: UInt32] = [:]
    var walk = DocumentWalk()
    walk.visit(self) { vertex, parent in
      writer.append(vertex)
      if let parent { edges.append(JGFEdge(source: parent, target: vertex.uniqueID)) }
      if named.contains(vertex.path) { numbers[vertex.path] = vertex.uniqueID }
    }
    for edge in edges { writer.append(edge) }
    for edge in self.edges {
      guard let source = numbers[edge.source], let target = numbers[edge.target] else {
        preconditionFailure("an edge leads from a vertex to a vertex")
      }
      writer.append(
        JGFEdge(source: source, target: target, subsystem: edge.subsystem, relationship: edge.relationship))
    }
    writer.end()
    return writer.takeChunk()
  }
}
