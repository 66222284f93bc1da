import BrokerCore
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

/// Who holds what, from records alone, as a plain list of units: the check on `ResourceGraph`.
struct AllocationLedger {
  private(set) var topology: Topology?
  /// Thousandths taken, by vertex.
  private var taken: [Int64] = []
  private var holders: [JobID: [Grant]] = [:]

  /// - Returns: what is wrong with the record.
  mutating func note(_ record: Record) -> String? {
    switch record.body {
    case .resourcesDefined(let inventory):
      guard holders.isEmpty else { return "the inventory changed while jobs held resources" }
      topology = Topology(inventory)
      taken = Array(repeating: 0, count: topology?.vertexCount ?? 0)
      return nil
    case .jobHappened(let id, .alloc(let allocation)): return take(allocation.grants, for: id)
    case .jobHappened(let id, .release):
      guard let grants = holders.removeValue(forKey: id) else {
        return "\(id.f58) released what it did not hold"
      }
      for grant in grants { taken[Int(grant.vertex.rawValue)] -= grant.amount.thousandths }
      return nil
    default: return nil
    }
  }

  private mutating func take(_ grants: [Grant], for id: JobID) -> String? {
    guard let topology else { return "\(id.f58) was given resources before there were any" }
    guard holders[id] == nil else { return "\(id.f58) was given resources twice" }
    for grant in grants {
      guard let place = topology.place(of: grant.vertex) else {
        return "\(id.f58) was given a vertex that is none"
      }
      let index = Int(grant.vertex.rawValue)
      taken[index] += grant.amount.thousandths
      if taken[index] > topology.size(of: place).thousandths { return "vertex \(index) is booked twice" }
      let node = Int(topology.node(place.rank).rawValue)
      let holdsNode = grants.contains { Int($0.vertex.rawValue) == node }
      if place.kind != .node, taken[node] > 0, !holdsNode {
        return "\(id.f58) entered the exclusive node \(place.rank)"
      }
      if place.kind == .node, (node + 1..<node + nodeSize(place.rank)).contains(where: { taken[$0] > 0 }) {
        return "\(id.f58) took the node \(place.rank) for itself while others were on it"
      }
    }
    holders[id] = grants
    return nil
  }

  private func nodeSize(_ rank: Int) -> Int {
    guard let topology else { return 0 }
    return Int(topology.memory(of: rank).rawValue - topology.node(rank).rawValue) + 1
  }

  /// Whether the grants are as many cores and gpus, and as much memory, as the demand.
  func meets(_ demand: Demand, _ grants: [Grant]) -> Bool {
    guard let topology else { return false }
    var (cores, gpus, memory): (Int, Int, Int64) = (0, 0, 0)
    for grant in grants {
      switch topology.place(of: grant.vertex)?.kind {
      case .core: cores += 1
      case .gpu: gpus += 1
      case .memory: memory += grant.amount.wholeUnits
      case .node, nil: break
      }
    }
    if demand.exclusiveNodes { return cores >= demand.totalCores && gpus >= demand.totalGPUs }
    return cores == demand.totalCores && gpus == demand.totalGPUs && memory << 20 >= demand.totalMemory ?? 0
  }

  func grants(of id: JobID) -> [Grant]? { holders[id] }
  var isIdle: Bool { holders.isEmpty && taken.allSatisfy { $0 == 0 } }

  /// - Returns: how the graph differs.
  func difference(from graph: ResourceGraph?) -> String? {
    guard let graph, let topology else { return graph == nil && topology == nil ? nil : "one has no graph" }
    for index in 1..<max(1, topology.vertexCount) {
      let vertex = VertexID(UInt32(index))
      if graph.taken(of: vertex).thousandths != taken[index] {
        let inGraph = graph.taken(of: vertex).thousandths
        return "the graph says that \(inGraph) of vertex \(index) are taken, the log \(taken[index])"
      }
    }
    var free = 0
    for rank in 0..<topology.nodeCount {
      for core in 0..<topology.inventory.nodes[rank].cores.count
      where taken[Int(topology.core(core, of: rank).rawValue)] == 0 { free += 1 }
    }
    return free == graph.freeCoreCount ? nil : "the graph counts \(graph.freeCoreCount) free cores of \(free)"
  }
}
