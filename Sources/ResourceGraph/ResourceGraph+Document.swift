/// Graphs of documents: whatever a format can say.
extension ResourceGraph {
  /// - Parameter version: of the graph that it replaces.
  /// - Throws: what is wrong with the document, or would not fit.
  public init(_ document: GraphDocument, after version: UInt64 = 0) throws(MutationFault) {
    self.init()
    self.version = version
    guard document.fragments.count == 1 else {
      throw .invalid(member: "graph", message: "has \(document.fragments.count) roots; one is needed")
    }
    try add(.add(document.fragments[0], under: nil))
    for edge in document.edges { try add(.addEdge(try resolved(edge))) }
  }

  private mutating func add(_ change: GraphChange) throws(MutationFault) {
    try check(change)
    apply(change)
  }

  /// The vertices that an edge's paths name.
  public func resolved(_ edge: EdgeDescription) throws(MutationFault) -> GraphEdge {
    guard let source = vertex(at: edge.source) else {
      throw .invalid(member: "source", message: "there is no such vertex")
    }
    guard let target = vertex(at: edge.target) else {
      throw .invalid(member: "target", message: "there is no such vertex")
    }
    return GraphEdge(
      subsystem: edge.subsystem, source: source, target: target,
      relationship: edge.relationship.isEmpty ? edge.subsystem : edge.relationship)
  }
}
