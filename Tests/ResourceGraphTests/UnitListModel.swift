import ResourceGraph
import Vocabulary

/// The reference: one entry a unit, no summaries, no search structure.
struct UnitListModel {
  let topology: Topology
  private(set) var taken: [Int64]

  init(_ topology: Topology) {
    self.topology = topology
    taken = Array(repeating: 0, count: topology.vertexCount)
  }

  func accepts(_ grants: [Grant]) -> Bool {
    var after = taken
    var previous: UInt32 = 0
    for grant in grants {
      let vertex = grant.vertex.rawValue
      guard vertex > previous, grant.amount.thousandths > 0, let place = topology.place(of: grant.vertex)
      else { return false }
      previous = vertex
      after[Int(vertex)] += grant.amount.thousandths
      if after[Int(vertex)] > topology.size(of: place).thousandths { return false }
    }
    for rank in 0..<topology.nodeCount where after[Int(topology.node(rank).rawValue)] > 0 {
      // An exclusive node: everything on it was taken together with it.
      let wasExclusive = taken[Int(topology.node(rank).rawValue)] > 0
      let first = Int(topology.node(rank).rawValue) + 1
      let last = Int(topology.memory(of: rank).rawValue)
      for index in first...last {
        if wasExclusive ? after[index] != taken[index] : taken[index] > 0 { return false }
      }
    }
    return true
  }

  mutating func add(_ grants: [Grant], times sign: Int64) {
    for grant in grants { taken[Int(grant.vertex.rawValue)] += sign * grant.amount.thousandths }
  }
}
