import ResourceGraph
import Vocabulary

/// Grants as a person reads them: a line for each host, then one for each vertex outside of hosts.
struct GrantLines {
  private let graph: ResourceGraph

  init(_ graph: ResourceGraph) { self.graph = graph }

  /// What is granted on a host besides what a `NodeShare` names.
  private struct Rest {
    /// Vertices of one unit, by type.
    var ids: [String: [Int]] = [:]
    /// Amounts of pools, as written.
    var amounts: [String] = []
    var isWhole = false
  }

  /// Indented, hosts by rank, then others by vertex.
  func lines(_ grants: [Grant]) -> [String] {
    var rests: [String: Rest] = [:]
    for grant in grants { collect(grant, into: &rests) }
    let hosts = graph.shares(of: Allocation(grants: grants, expiration: nil)).map { share in
      line(share, rests[share.hostname] ?? Rest())
    }
    return hosts
      + grants.compactMap { grant in
        graph.view(of: grant.vertex).flatMap { $0.host == nil ? "  \(outside(grant, $0))" : nil }
      }
  }

  private func line(_ share: NodeShare, _ rest: Rest) -> String {
    var words = ["  \(share.hostname)"]
    if !share.cores.isEmpty { words.append("cores[\(Idset(share.cores))]") }
    if !share.gpus.isEmpty { words.append("gpus[\(Idset(share.gpus))]") }
    if share.memoryMebibytes > 0 { words.append("memory=\(share.memoryMebibytes)MiB") }
    words += rest.ids.sorted { $0.key < $1.key }.map { "\($0.key)[\(Idset($0.value))]" }
    words += rest.amounts
    if rest.isWhole { words.append("whole") }
    return words.joined(separator: " ")
  }

  private func outside(_ grant: Grant, _ view: VertexView) -> String {
    let path = graph.path(of: grant.vertex)
    if !graph.children(of: grant.vertex).isEmpty { return "\(path) whole" }
    return view.size == .one && view.unit.isEmpty ? path : "\(path) \(grant.amount.text)\(view.unit)"
  }

  /// A grant of a vertex that holds others is a grant of all of them.
  private func collect(_ grant: Grant, into rests: inout [String: Rest]) {
    graph.forEachVertex(from: grant.vertex) { vertex in
      guard let view = graph.view(of: vertex), let host = view.host else { return }
      let name = graph.name(of: host)
      if vertex == host {
        rests[name, default: Rest()].isWhole = true
      } else if graph.children(of: vertex).isEmpty, !["core", "gpu", "memory"].contains(view.type) {
        if view.size == .one, view.unit.isEmpty {
          rests[name, default: Rest()].ids[view.type, default: []].append(view.id)
        } else {
          let amount = vertex == grant.vertex ? grant.amount : view.size
          rests[name, default: Rest()].amounts.append("\(view.name)=\(amount.text)\(view.unit)")
        }
      }
    }
  }
}
