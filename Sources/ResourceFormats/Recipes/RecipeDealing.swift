import ResourceGraph
import Vocabulary

/// Checks a recipe's vertices as a whole and makes fragments of them.
///
/// Names are given for all vertices that a line of the recipe makes, whatever number of parents they have; parents of
/// vertices with different names are not equal any more, so they are parted.
struct RecipeDealing {
  private(set) var faults = FaultList()

  mutating func fragments(_ vertices: [RecipeVertex]) -> [Fragment] {
    var total = 0
    var vertices = vertices
    for index in vertices.indices { count(&vertices[index], parents: 1, &total) }
    guard faults.isEmpty else { return [] }
    return deal(&vertices)
  }

  /// Counts before anything is made; a billion is refused as fast as ten.
  private mutating func count(_ vertex: inout RecipeVertex, parents: Int, _ total: inout Int) {
    guard faults.isEmpty else { return }
    // Both are at most 10^7.
    let all = parents * vertex.fragment.count
    total += all
    guard total <= ResourceGraph.maximumVertices else {
      return faults.report(vertex.pointer, "makes more than \(ResourceGraph.maximumVertices) vertices")
    }
    if let names = vertex.names, names.count != all, names.count != vertex.fragment.count {
      faults.report(
        vertex.pointer, "\(vertex.fragment.type) must have \(all) names, one for each, not \(names.count)")
    }
    if let names = vertex.names, !Self.areNames(names) {
      faults.report(vertex.pointer, "names \(GraphWords.nameRule), each once")
    }
    if vertex.fragment.firstRank != nil, parents > 1 {
      faults.report(vertex.pointer, "a rank must be given beneath one parent only")
    }
    vertex.isDealt = parents > 1 && vertex.names?.count == all && all > vertex.fragment.count
    vertex.unused = vertex.names?.makeIterator()
    for index in vertex.children.indices { count(&vertex.children[index], parents: all, &total) }
    vertex.holdsDealt = vertex.children.contains { $0.isDealt || $0.holdsDealt }
  }

  private static func areNames(_ names: Hostlist) -> Bool {
    var seen: Set<String> = []
    for name in names where !GraphWords.isName(name.utf8) || !seen.insert(name).inserted { return false }
    return true
  }

  private func deal(_ vertices: inout [RecipeVertex]) -> [Fragment] {
    var fragments: [Fragment] = []
    for index in vertices.indices { deal(&vertices[index], into: &fragments) }
    return fragments
  }

  /// Makes what stands beneath one parent.
  private func deal(_ vertex: inout RecipeVertex, into fragments: inout [Fragment]) {
    var fragment = vertex.fragment
    fragment.names = vertex.isDealt ? vertex.nextNames(fragment.count) : vertex.names
    guard vertex.holdsDealt, fragment.count > 1 else {
      fragment.children = deal(&vertex.children)
      fragments.append(fragment)
      return
    }
    var names = fragment.names?.makeIterator()
    for index in 0..<fragment.count {
      var one = fragment
      one.count = 1
      one.names = names?.next().flatMap { try? Hostlist([$0]) }
      one.firstID = fragment.firstID.map { $0 + index }
      one.firstRank = fragment.firstRank.map { $0 + index }
      one.children = deal(&vertex.children)
      fragments.append(one)
    }
  }
}
