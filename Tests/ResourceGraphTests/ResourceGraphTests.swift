import Jobspec
import ResourceGraph
import TestKit
import Testing
import Vocabulary

@Suite("Resource graph")
struct ResourceGraphTests {
  static func graph(nodes: Int, cores: Int, gpus: Int = 0, memory: Int = 0) -> ResourceGraph {
    ResourceGraph(
      topology: Topology(Samples.inventory(nodes: nodes, cores: cores, gpus: gpus, memoryMebibytes: memory))!)
  }

  @Test("2,000 random sequences of takes and releases agree with a plain list of units")
  func agreesWithModel() throws {
    for seed in UInt64(1)...2_000 {
      var random = SeededRandom(seed: seed)
      var graph = Self.graph(
        nodes: random.within(1...4), cores: random.within(1...5), gpus: random.below(3),
        memory: random.pick([0, 8, 100]))
      var model = UnitListModel(graph.topology)
      var held: [[Grant]] = []
      for _ in 0..<40 {
        if !held.isEmpty, random.chance(400) {
          let grants = held.remove(at: random.below(held.count))
          graph.release(grants)
          model.add(grants, times: -1)
        } else {
          let grants =
            random.chance(500)
            ? Self.anyGrants(graph.topology, &random) : graph.match(Self.demand(&random)) ?? []
          try #require(graph.accepts(grants) == model.accepts(grants), "seed \(seed): \(grants)")
          guard !grants.isEmpty, model.accepts(grants) else { continue }
          graph.take(grants)
          model.add(grants, times: 1)
          held.append(grants)
        }
        for index in 1..<graph.topology.vertexCount {
          try #require(
            graph.taken(of: VertexID(UInt32(index))).thousandths == model.taken[index], "seed \(seed)")
        }
        try #require(graph.freeCoreCount == Self.freeCores(model), "seed \(seed)")
      }
    }
  }

  private static func freeCores(_ model: UnitListModel) -> Int {
    (1..<model.topology.vertexCount).count { index in
      model.taken[index] == 0 && model.topology.place(of: VertexID(UInt32(index)))?.kind == .core
    }
  }

  /// Often wrong: unordered, unknown, too much.
  private static func anyGrants(_ topology: Topology, _ random: inout SeededRandom) -> [Grant] {
    var vertices = (0..<random.within(1...4)).map { _ in UInt32(random.below(topology.vertexCount + 1)) }
    if random.chance(900) { vertices = Set(vertices).sorted() }
    return vertices.map { vertex in
      Grant(
        vertex: VertexID(vertex), amount: Amount(thousandths: random.pick([1_000, 1_000, 1_000, 2_000, 0])))
    }
  }

  private static func demand(_ random: inout SeededRandom) -> Demand {
    let nodes: Int? = random.chance(500) ? random.within(1...3) : nil
    return Demand(
      nodes: nodes, totalSlots: (nodes ?? 1) * random.within(1...2), coresPerSlot: random.within(1...3),
      gpusPerSlot: random.chance(200) ? 1 : 0, memoryPerSlot: random.chance(300) ? 3 << 20 : nil,
      exclusiveNodes: nodes != nil && random.chance(300), taskCount: 1)
  }

  @Test("What a match finds is accepted, meets the demand, and is missed only where nothing fits")
  func matchIsSound() throws {
    for seed in UInt64(1)...2_000 {
      var random = SeededRandom(seed: seed)
      var graph = Self.graph(nodes: 3, cores: 4, gpus: 1, memory: 16)
      for _ in 0..<8 {
        let demand = Self.demand(&random)
        guard let grants = graph.match(demand) else {
          if graph.taken(of: VertexID(1)) == .zero, graph.freeCoreCount == 12 {
            try #require(
              graph.shortage(for: demand) != nil, "seed \(seed): an empty graph has no match and no shortage")
          }
          continue
        }
        try #require(graph.shortage(for: demand) == nil && graph.accepts(grants), "seed \(seed)")
        let cores = grants.count { graph.topology.place(of: $0.vertex)?.kind == .core }
        try #require(
          demand.exclusiveNodes ? cores >= demand.totalCores : cores == demand.totalCores, "seed \(seed)")
        graph.take(grants)
      }
    }
  }

  @Test("An exclusive node takes everything on it and lets nobody in")
  func exclusiveNode() throws {
    var graph = Self.graph(nodes: 2, cores: 2, gpus: 1)
    let whole = Demand(nodes: 1, totalSlots: 1, coresPerSlot: 1, exclusiveNodes: true, taskCount: 1)
    let grants = try #require(graph.match(whole))
    #expect(grants.map(\.vertex.rawValue) == [1, 2, 3, 4])
    graph.take(grants)
    #expect(!graph.accepts([Grant(vertex: VertexID(5), amount: .one)]), "memory of size zero cannot be given")
    let other = try #require(graph.match(Demand(nodes: nil, totalSlots: 1, coresPerSlot: 1, taskCount: 1)))
    #expect(graph.topology.place(of: other[0].vertex)?.rank == 1)
  }

  @Test("A shortage says what is there and what was asked for")
  func shortage() {
    let graph = Self.graph(nodes: 2, cores: 2)
    let text = graph.shortage(for: Demand(nodes: 3, totalSlots: 3, coresPerSlot: 2, taskCount: 3))
    #expect(text == "3 nodes with 1 x 2 cores each were asked for; this instance has 2 such nodes")
    #expect(graph.shortage(for: Demand(nodes: nil, totalSlots: 4, coresPerSlot: 1, taskCount: 4)) == nil)
    #expect(graph.shortage(for: Demand(nodes: nil, totalSlots: 5, coresPerSlot: 1, taskCount: 5)) != nil)
  }

  @Test("An allocation comes back from its packed form, and random bytes never stop the process")
  func allocationRoundTrip() throws {
    var random = SeededRandom(seed: 5)
    for _ in 0..<500 {
      let vertices = Set((0..<random.below(20)).map { _ in UInt32(random.below(60)) }).sorted()
      let allocation = Allocation(
        grants: vertices.map {
          Grant(vertex: VertexID($0), amount: Amount(thousandths: Int64(random.within(1...2)) * 1_000))
        },
        expiration: random.chance(500) ? Timestamp(microseconds: 7) : nil)
      var writer = PackedWriter()
      allocation.pack(into: &writer)
      var reader = PackedReader(writer.bytes)
      #expect(try Allocation(unpacking: &reader) == allocation)
    }
  }
}
