import BrokerCore
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Scheduling
import Vocabulary

/// Who holds what, from records alone, as a plain list of units: the check on `ResourceGraph`.
struct AllocationLedger {
  private(set) var layout: InventoryLayout?
  /// Thousandths taken, by vertex.
  private var taken: [Int64] = []
  private var holders: [Holder: [Grant]] = [:]
  /// What is promised, by the number of the allocation that it becomes.
  private var promises: [UInt64: Promise] = [:]
  /// Ranks of nodes that were removed.
  private(set) var gone: Set<Int> = []
  /// Why ranks take nothing new.
  private(set) var closed: [Int: Set<Closing>] = [:]

  enum Closing { case down, drained, excluded }

  private enum Holder: Hashable, CustomStringConvertible {
    case job(JobID)
    case other(UInt64)
    case housekeeping(AttemptID)

    var description: String {
      switch self {
      case .job(let id): id.f58
      case .other(let id): "allocation \(id)"
      case .housekeeping(let id): "housekeeping after \(id.job.f58)"
      }
    }
  }

  /// - Returns: what is wrong with the record.
  mutating func note(_ record: Record) -> String? {
    switch record.body {
    case .resourcesDefined(let inventory):
      guard holders.isEmpty else { return "the inventory changed while jobs held resources" }
      layout = InventoryLayout(inventory)
      taken = Array(repeating: 0, count: layout?.vertexCount ?? 0)
      (gone, closed) = ([], [:])
      return nil
    case .graphChanged(let changes):
      for change in changes { if let fault = note(change) { return fault } }
      return nil
    case .jobHappened(let id, .resize(let allocation)):
      guard let grants = holders.removeValue(forKey: .job(id)) else {
        return "\(id.f58) was resized without resources"
      }
      for grant in grants { taken[Int(grant.vertex.rawValue)] -= grant.amount.thousandths }
      let kept = Set(grants.map(\.vertex))
      return take(allocation.grants, for: .job(id), alreadyHolding: kept)
    case .jobHappened(let id, .alloc(let allocation)): return take(allocation.grants, for: .job(id))
    case .jobHappened(let id, .release): return release(.job(id))
    case .housekeepingBegun(let held):
      let isClosed = Set(held.allocation.grants.map(\.vertex))
      return take(held.allocation.grants, for: .housekeeping(held.attempt), alreadyHolding: isClosed)
    case .housekeepingEnded(let attempt, _): return release(.housekeeping(attempt))
    case .reserved(let reservation):
      promises[reservation.id] = reservation.promise
      return nil
    case .allocated(let held):
      if let promise = promises.removeValue(forKey: held.id) {
        if promise.grants != held.allocation.grants { return "allocation \(held.id) is not what was promised" }
        if held.at < promise.start { return "allocation \(held.id) began before its time" }
      }
      return take(held.allocation.grants, for: .other(held.id))
    case .deallocated(let id):
      return promises.removeValue(forKey: id) == nil ? release(.other(id)) : nil
    default: return nil
    }
  }

  private mutating func release(_ holder: Holder) -> String? {
    guard let grants = holders.removeValue(forKey: holder) else { return "\(holder) released what it did not hold" }
    for grant in grants { taken[Int(grant.vertex.rawValue)] -= grant.amount.thousandths }
    return nil
  }

  /// Simulated operators add, close and remove whole nodes.
  private mutating func note(_ change: GraphChange) -> String? {
    switch change {
    case .add(let fragment, _):
      for _ in 0..<fragment.count { layout?.append(NodeDescription(of: fragment)) }
      taken += Array(repeating: 0, count: (layout?.vertexCount ?? 0) - taken.count)
    case .remove(let vertex):
      guard let rank = layout?.place(of: vertex)?.rank, !gone.contains(rank) else { return "nothing was removed" }
      let first = Int(vertex.rawValue)
      guard taken[first..<first + nodeSize(rank)].allSatisfy({ $0 == 0 }) else {
        return "node \(rank) was removed while it was held"
      }
      gone.insert(rank)
      closed[rank] = nil
    case .setStatus(let vertex, let status): close(vertex, .down, status == .down)
    case .drain(let vertex, let drain): close(vertex, .drained, drain != nil)
    case .exclude(let vertex, let isExcluded): close(vertex, .excluded, isExcluded)
    case .setProperties, .resize, .addEdge, .removeEdge: break
    }
    return nil
  }

  private mutating func close(_ vertex: VertexID, _ closing: Closing, _ isClosed: Bool) {
    guard let rank = layout?.place(of: vertex)?.rank else { return }
    if isClosed { closed[rank, default: []].insert(closing) } else { closed[rank]?.remove(closing) }
    if closed[rank]?.isEmpty ?? false { closed[rank] = nil }
  }

  private mutating func take(
    _ grants: [Grant], for holder: Holder, alreadyHolding kept: Set<VertexID> = []
  ) -> String? {
    guard let layout else { return "\(holder) was given resources before there were any" }
    guard holders[holder] == nil else { return "\(holder) was given resources twice" }
    for grant in grants {
      guard let place = layout.place(of: grant.vertex) else {
        return "\(holder) was given a vertex that is none"
      }
      if gone.contains(place.rank) { return "\(holder) was given a removed vertex" }
      if closed[place.rank] != nil, !kept.contains(grant.vertex) { return "\(holder) was given a closed vertex" }
      let index = Int(grant.vertex.rawValue)
      taken[index] += grant.amount.thousandths
      if taken[index] > layout.size(of: place).thousandths { return "vertex \(index) is booked twice" }
      let node = Int(layout.node(place.rank).rawValue)
      let holdsNode = grants.contains { Int($0.vertex.rawValue) == node }
      if place.kind != .node, taken[node] > 0, !holdsNode {
        return "\(holder) entered the exclusive node \(place.rank)"
      }
      if place.kind == .node, (node + 1..<node + nodeSize(place.rank)).contains(where: { taken[$0] > 0 }) {
        return "\(holder) took the node \(place.rank) for itself while others were on it"
      }
    }
    holders[holder] = grants
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

  func isKept(for housekeeping: AttemptID) -> Bool { holders[.housekeeping(housekeeping)] != nil }
  func grants(of id: JobID) -> [Grant]? { holders[.job(id)] }
  var isIdle: Bool { holders.isEmpty && taken.allSatisfy { $0 == 0 } }

  /// - Returns: how the graph differs.
  func difference(from graph: ResourceGraph?) -> String? {
    guard let graph, let layout else { return graph == nil && layout == nil ? nil : "one has no graph" }
    for index in 1..<max(1, layout.vertexCount) {
      let vertex = VertexID(UInt32(index))
      guard let place = layout.place(of: vertex) else { return "vertex \(index) is nowhere" }
      if graph.contains(vertex) == gone.contains(place.rank) { return "vertex \(index) is there, or is not" }
      if gone.contains(place.rank) { continue }
      let isHeldWhole = taken[Int(layout.node(place.rank).rawValue)] > 0
      let held = isHeldWhole ? layout.size(of: place).thousandths : taken[index]
      if graph.taken(of: vertex).thousandths != held {
        let inGraph = graph.taken(of: vertex).thousandths
        return "the graph says that \(inGraph) of vertex \(index) are taken, the log \(held)"
      }
    }
    var free = 0
    for rank in 0..<layout.nodeCount
    where taken[Int(layout.node(rank).rawValue)] == 0 && closed[rank] == nil && !gone.contains(rank) {
      for core in 0..<layout.inventory.nodes[rank].cores.count
      where taken[Int(layout.core(core, of: rank).rawValue)] == 0 { free += 1 }
    }
    return free == graph.freeCoreCount ? nil : "the graph counts \(graph.freeCoreCount) free cores of \(free)"
  }
}

extension NodeDescription {
  /// One of the equal nodes of a fragment, as `SimulatedOperator` makes them.
  fileprivate init(of fragment: Fragment) {
    let parts = Dictionary(grouping: fragment.children, by: \.type)
    let cores = (parts["core"] ?? []).reduce(0) { $0 + $1.count }
    self.init(
      hostname: "", cores: Array(repeating: CoreDescription(cpus: []), count: cores),
      gpuCount: (parts["gpu"] ?? []).reduce(0) { $0 + $1.count },
      memoryBytes: (parts["memory"]?.first?.size.wholeUnits ?? 0) << 20)
  }
}
