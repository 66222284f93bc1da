import ResourceGraph
import Vocabulary

extension ResourceQuery {
  /// Paths in the order of the graph, parents first.
  func find(_ text: String) throws(QueryFault) -> [String] {
    let query = try VertexQuery(parsing: text)
    var lines: [String] = []
    guard let root = graph.root else { return ["found 0 vertices"] }
    graph.forEachVertex(from: root) { vertex in
      if query.matches(vertex, in: graph) { lines.append(graph.path(of: vertex)) }
    }
    return lines + ["found \(Self.vertices(lines.count))"]
  }

  /// How long matches and mutations took, and what the graph takes of memory.
  func times() -> [String] { measurements.lines(vertices: graph.count) }

  /// Types by name: how many vertices, how much they are together, and how much of it could be taken now.
  ///
  /// The root is not listed: what the graph sums up is what the root holds.
  func stat() -> [String] {
    var types: [String: (count: Int, down: Int)] = [:]
    if let root = graph.root {
      graph.forEachVertex(from: root) { vertex in
        guard vertex != root, let view = graph.view(of: vertex) else { return }
        types[view.type, default: (0, 0)].count += 1
        if view.isDown { types[view.type, default: (0, 0)].down += 1 }
      }
    }
    let live = jobs.count { $0.state == .allocated }
    let head = "vertices: \(graph.count), hosts: \(graph.hostCount), edges: \(graph.edgeCount), jobs: \(live)"
    return [head]
      + types.sorted { $0.key < $1.key }.map { type, tally in
        let amounts = "total \(graph.total(ofType: type).text), free \(graph.free(ofType: type).text)"
        return "  \(type): \(tally.count), \(amounts)" + (tally.down == 0 ? "" : ", \(tally.down) down")
      }
  }
}
