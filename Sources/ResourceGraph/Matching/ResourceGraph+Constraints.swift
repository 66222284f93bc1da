public import Jobspec
import Persistent

extension ResourceGraph {
  /// The hosts that a constraint lets a job use, as they are now.
  public func hosts(allowedBy constraint: Constraint) -> HostSet {
    var set = HostSet(rankLimit: rankLimit)
    forEachHost { rank, vertex in
      if constraint.matches(Host(graph: self, rank: rank, vertex: vertex)) { set.insert(rank) }
      return true
    }
    return set
  }

  private struct Host: ConstraintSubject {
    let graph: ResourceGraph
    let number: Int
    let vertex: VertexID

    init(graph: ResourceGraph, rank: Int, vertex: VertexID) {
      self.graph = graph
      number = rank
      self.vertex = vertex
    }

    var hostname: String { graph.name(of: vertex) }
    var rank: Int? { number }

    /// `key`, or `key=value` where it has one; Flux takes a host's name for one of its properties too.
    func hasProperty(_ name: String) -> Bool {
      let properties = graph.properties[vertex.rawValue] ?? []
      return properties.contains { $0.key == name || !$0.value.isEmpty && "\($0.key)=\($0.value)" == name }
        || hostname == name
    }
  }
}
