import Persistent
public import Vocabulary

/// The vertices of an instance and what of each is taken: the one ledger of allocations.
///
/// A vertex is free only after a logged release; time, cancellation and exits free nothing by themselves.
/// Every change checks each vertex, so that a wrong plan is refused and never double-books.
public struct ResourceGraph: Sendable {
  public let topology: Topology
  /// Thousandths taken, by vertex.
  private var taken: ChunkedArray<Int64>
  private var nodes: ChunkedArray<NodeSummary>
  /// Ranks with at least one free core, where a search begins.
  private var ranksWithFreeCores: SortedSet<Int32>

  /// What is left of one node: what a search looks at before it looks at vertices.
  struct NodeSummary: Sendable, Hashable {
    var freeCores: Int32
    var freeGPUs: Int32
    var freeMemory: Int64
    /// Grants on its cores, gpus and memory.
    var grants: Int32
    var isTakenWhole: Bool
  }

  public init(topology: Topology) {
    self.topology = topology
    taken = ChunkedArray(repeating: 0, count: topology.vertexCount)
    nodes = ChunkedArray()
    ranksWithFreeCores = SortedSet()
    for (rank, node) in topology.inventory.nodes.enumerated() {
      nodes.append(
        NodeSummary(
          freeCores: Int32(node.cores.count), freeGPUs: Int32(node.gpuCount), freeMemory: node.memoryBytes >> 20,
          grants: 0, isTakenWhole: false))
      if !node.cores.isEmpty { ranksWithFreeCores.insert(Int32(rank)) }
    }
  }

  /// Cores that nobody holds.
  public var freeCoreCount: Int {
    var sum = 0
    ranksWithFreeCores.forEach { rank in
      sum += Int(nodes[Int(rank)].freeCores)
      return true
    }
    return sum
  }

  public var hasFreeCore: Bool { !ranksWithFreeCores.isEmpty }

  /// Whether every grant fits right now.
  public func accepts(_ grants: [Grant]) -> Bool {
    var previous: VertexID?
    for grant in grants {
      guard let place = topology.place(of: grant.vertex), grant.amount > .zero,
        previous.map({ $0 < grant.vertex }) ?? true,
        let sum = Amount(thousandths: taken[Int(grant.vertex.rawValue)]).adding(grant.amount),
        sum <= topology.size(of: place)
      else { return false }
      previous = grant.vertex
      let node = nodes[place.rank]
      if place.kind == .node ? node.grants > 0 : node.isTakenWhole && !holdsNode(grants, place.rank) { return false }
    }
    return true
  }

  private func holdsNode(_ grants: [Grant], _ rank: Int) -> Bool {
    let node = topology.node(rank)
    return grants.contains { $0.vertex == node }
  }

  /// - Precondition: `accepts(grants)`; decided before the log, so a failure here is a broken invariant.
  public mutating func take(_ grants: [Grant]) {
    for grant in grants { change(grant, by: 1) }
  }

  /// - Precondition: the grants were taken.
  public mutating func release(_ grants: [Grant]) {
    for grant in grants { change(grant, by: -1) }
  }

  private mutating func change(_ grant: Grant, by sign: Int64) {
    guard let place = topology.place(of: grant.vertex) else { preconditionFailure("grant of an unknown vertex") }
    let index = Int(grant.vertex.rawValue)
    let now = taken[index] + sign * grant.amount.thousandths
    precondition(now >= 0 && now <= topology.size(of: place).thousandths, "vertex \(index) booked twice or freed twice")
    taken[index] = now
    var node = nodes[place.rank]
    switch place.kind {
    case .node: node.isTakenWhole = sign > 0
    case .core: node.freeCores -= Int32(sign)
    case .gpu: node.freeGPUs -= Int32(sign)
    case .memory: node.freeMemory -= sign * grant.amount.wholeUnits
    }
    if place.kind != .node { node.grants += Int32(sign) }
    let hadFree = nodes[place.rank].freeCores > 0
    nodes[place.rank] = node
    guard hadFree != (node.freeCores > 0) else { return }
    if hadFree { ranksWithFreeCores.remove(Int32(place.rank)) } else { ranksWithFreeCores.insert(Int32(place.rank)) }
  }

  /// How much of a vertex is held.
  public func taken(of vertex: VertexID) -> Amount { Amount(thousandths: taken[Int(vertex.rawValue)]) }

  func summary(of rank: Int) -> NodeSummary { nodes[rank] }
  func isFree(_ vertex: VertexID) -> Bool { taken[Int(vertex.rawValue)] == 0 }

  /// Ranks with a free core in ascending order, until `body` answers false.
  func forEachRankWithFreeCores(_ body: (Int) -> Bool) {
    ranksWithFreeCores.forEach { body(Int($0)) }
  }
}
