import ResourceGraph

extension JGFCollector {
  /// The fragments and edges, once everything is collected.
  ///
  /// - Throws: `invalid`: what nodes and edges are wrong in, alone and together.
  func document(roots: JGFRoots) throws(FormatError) -> GraphDocument {
    try faults.throwIfAny()
    var faults = FaultList()
    let tree = ContainmentTree(self, roots: roots, faults: &faults)
    try faults.throwIfAny()
    let numbered = NumberedTree(self, tree, roots: roots, faults: &faults)
    try faults.throwIfAny()
    var compression = FragmentCompression(self, tree, numbered)
    var edges: [EdgeDescription] = []
    var textBytes = 0
    for edge in tree.otherEdges {
      let description = EdgeDescription(
        subsystem: words.string(edge.subsystem), source: numbered.path(edge.source), target: numbered.path(edge.target),
        relationship: words.string(edge.relationship))
      textBytes += description.source.utf8.count + description.target.utf8.count
      guard textBytes <= FormatLimits.maximumEdgeBytes else {
        faults.report(base + "/edges", "have paths of more than \(FormatLimits.maximumEdgeBytes) bytes")
        throw .invalid(faults.faults)
      }
      edges.append(description)
    }
    return GraphDocument(fragments: compression.fragments(), edges: edges)
  }
}
