public import Jobspec
import Vocabulary

extension ResourceGraph {
  /// The first resources, by rank and number, that meet the demand right now; `nil` when there are none.
  ///
  /// Grants come by ascending vertex, as a ledger wants them. A search begins at ranks with a free core and
  /// looks at single cores only on a node that has enough of them.
  public func match(_ demand: Demand) -> [Grant]? {
    var grants: [Grant] = []
    var missingSlots = demand.totalSlots
    var missingNodes = demand.nodes ?? 0
    forEachRankWithFreeCores { rank in
      let room = slots(on: rank, for: demand)
      let wanted = demand.slotsPerNode ?? missingSlots
      guard room > 0, demand.nodes == nil || room >= wanted else { return true }
      let count = min(room, wanted)
      appendGrants(for: demand, slots: count, on: rank, to: &grants)
      missingSlots -= count
      missingNodes -= 1
      return missingSlots > 0
    }
    return missingSlots == 0 && missingNodes <= 0 ? grants : nil
  }

  /// How many slots of the demand a node could take now.
  private func slots(on rank: Int, for demand: Demand) -> Int {
    let node = summary(of: rank)
    guard !node.isTakenWhole, !demand.exclusiveNodes || node.grants == 0 else { return 0 }
    var count = demand.coresPerSlot > 0 ? Int(node.freeCores) / demand.coresPerSlot : demand.totalSlots
    if demand.gpusPerSlot > 0 { count = min(count, Int(node.freeGPUs) / demand.gpusPerSlot) }
    if let memory = demand.memoryPerSlot, memory > 0 {
      count = min(count, Int(node.freeMemory / Self.mebibytes(memory)))
    }
    return count
  }

  private func appendGrants(for demand: Demand, slots: Int, on rank: Int, to grants: inout [Grant]) {
    let node = topology.inventory.nodes[rank]
    if demand.exclusiveNodes {
      grants.append(Grant(vertex: topology.node(rank), amount: .one))
    }
    appendFree(
      demand.exclusiveNodes ? node.cores.count : slots * demand.coresPerSlot, among: node.cores.count,
      to: &grants
    ) { topology.core($0, of: rank) }
    appendFree(
      demand.exclusiveNodes ? node.gpuCount : slots * demand.gpusPerSlot, among: node.gpuCount, to: &grants
    ) { topology.gpu($0, of: rank) }
    if let memory = demand.memoryPerSlot, memory > 0,
      let amount = Amount(units: Self.mebibytes(memory) * Int64(slots))
    {
      grants.append(Grant(vertex: topology.memory(of: rank), amount: amount))
    }
  }

  /// The first `count` free ones of a node's cores or gpus.
  private func appendFree(
    _ count: Int, among total: Int, to grants: inout [Grant], vertex: (Int) -> VertexID
  ) {
    var missing = count
    var index = 0
    while missing > 0, index < total {
      let candidate = vertex(index)
      if isFree(candidate) {
        grants.append(Grant(vertex: candidate, amount: .one))
        missing -= 1
      }
      index += 1
    }
  }

  /// Whether an empty graph could ever meet the demand.
  /// - Returns: `nil` if it could, else what is short, for the user.
  public func shortage(for demand: Demand) -> String? {
    var slots = 0
    var nodes = 0
    for node in topology.inventory.nodes {
      let room = Self.slots(onEmpty: node, for: demand)
      guard room > 0 else { continue }
      slots += room
      if room >= demand.slotsPerNode ?? 1 { nodes += 1 }
      if let wanted = demand.nodes {
        if nodes >= wanted { return nil }
      } else if slots >= demand.totalSlots {
        return nil
      }
    }
    let slot = Self.describe(demand)
    if let wanted = demand.nodes {
      let each = demand.slotsPerNode ?? 1
      return "\(wanted) nodes with \(each) x \(slot) each were asked for; this instance has \(nodes) such nodes"
    }
    return "\(demand.totalSlots) x \(slot) were asked for; this instance has room for \(slots)"
  }

  private static func slots(onEmpty node: NodeDescription, for demand: Demand) -> Int {
    var count = demand.coresPerSlot > 0 ? node.cores.count / demand.coresPerSlot : demand.totalSlots
    if demand.gpusPerSlot > 0 { count = min(count, node.gpuCount / demand.gpusPerSlot) }
    if let memory = demand.memoryPerSlot, memory > 0 {
      count = min(count, Int((node.memoryBytes >> 20) / mebibytes(memory)))
    }
    return count
  }

  private static func describe(_ demand: Demand) -> String {
    var parts = ["\(demand.coresPerSlot) core\(demand.coresPerSlot == 1 ? "" : "s")"]
    if demand.gpusPerSlot > 0 { parts.append("\(demand.gpusPerSlot) gpu\(demand.gpusPerSlot == 1 ? "" : "s")") }
    if let memory = demand.memoryPerSlot { parts.append("\(mebibytes(memory)) MiB") }
    return parts.joined(separator: " + ")
  }

  /// Memory is granted in whole MiB, rounded up.
  static func mebibytes(_ bytes: Int64) -> Int64 { bytes / 1_048_576 + (bytes % 1_048_576 == 0 ? 0 : 1) }
}
