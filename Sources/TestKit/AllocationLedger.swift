import BrokerCore
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

/// Who holds what, from records alone, as a plain list of units: the check on `ResourceGraph`.
struct AllocationLedger {
  private(set) var layout: InventoryLayout?
  /// Thousandths taken, by vertex.
  private var taken: [Int64] = []
  private var holders: [JobID: [Grant]] = [:]

  /// - Returns: what is wrong with the record.
  mutating func note(_ record: Record) -> String? {
    switch record.body {
    case .resourcesDefined(let inventory):
      guard holders.isEmpty else { return "the inventory changed while jobs held resources" }
      layout = InventoryLayout(inventory)
      taken = Array(repeating: 0, count: layout?.vertexCount ?? 0)
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
    guard let layout else { return "\(id.f58) was given resources before there were any" }
    guard holders[id] == nil else { return "\(id.f58) was given resources twice" }
    for grant in grants {
      guard let place = layout.place(of: grant.vertex) else {
        return "\(id.f58) was given a vertex that is none"
      }
      let index = Int(grant.vertex.rawValue)
      taken[index] += grant.amount.thousandths
      if taken[index] > layout.size(of: place).thousandths { return "vertex \(index) is booked twice" }
      let node = Int(layout.node(place.rank).rawValue)
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
    guard let layout else { return 0 }
    return Int(layout.memory(of: rank).rawValue - layout.node(rank).rawValue) + 1
  }

  /// Whether the grants are as many cores and gpus, and as much memory, as the demand.
  func meets(_ demand: Demand, _ grants: [Grant]) -> Bool {
    guard let layout else { return false }
    var (cores, gpus, memory): (Int, Int, Int64) = (0, 0, 0)
    for grant in grants {
      guard let place = layout.place(of: grant.vertex) else { return false }
      switch place.kind {
      case .core: cores += 1
      case .gpu: gpus += 1
      case .memory: memory += grant.amount.wholeUnits
      case .node:
        // Held with all that it holds.
        cores += layout.inventory.nodes[place.rank].cores.count
        gpus += layout.inventory.nodes[place.rank].gpuCount
      }
    }
    if demand.exclusiveNodes { return cores >= demand.totalCores && gpus >= demand.totalGPUs }
    return cores == demand.totalCores && gpus == demand.totalGPUs && memory << 20 >= demand.totalMemory ?? 0
  }

  func grants(of id: JobID) -> [Grant]? { holders[id] }
  var isIdle: Bool { holders.isEmpty && taken.allSatisfy { $0 == 0 } }

  /// - Returns: how the graph differs.
  func difference(from graph: ResourceGraph?) -> String? {
    guard let graph, let layout else { return graph == nil && layout == nil ? nil : "one has no graph" }
    for index in 1..<max(1, layout.vertexCount) {
      let vertex = VertexID(UInt32(index))
      guard let place = layout.place(of: vertex) else { return "vertex \(index) is nowhere" }
      let isHeldWhole = taken[Int(layout.node(place.rank).rawValue)] > 0
      let held = isHeldWhole ? layout.size(of: place).thousandths : taken[index]
      if graph.taken(of: vertex).thousandths != held {
        let inGraph = graph.taken(of: vertex).thousandths
        return "the graph says that \(inGraph) of vertex \(index) are taken, the log \(held)"
      }
    }
    var free = 0
    for rank in 0..<layout.nodeCount where taken[Int(layout.node(rank).rawValue)] == 0 {
      for core in 0..<layout.inventory.nodes[rank].cores.count
      where taken[Int(layout.core(core, of: rank).rawValue)] == 0 { free += 1 }
    }
    return free == graph.freeCoreCount ? nil : "the graph counts \(graph.freeCoreCount) free cores of \(free)"
  }
}
