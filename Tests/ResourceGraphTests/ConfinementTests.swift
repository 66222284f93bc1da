import Jobspec
import ResourceGraph
import TestKit
import Testing
import Vocabulary

@Suite("What a job holds as a graph of its own")
struct ConfinementTests {
  @Test("It has what was granted and what contains it, with names, properties, threads and edges")
  func describesTheSame() throws {
    let cores = [Fragment(type: "core", cpus: [0, 4]), Fragment(type: "core", cpus: [1, 5])]
    let memory = Fragment(type: "memory", size: Amount(thousandths: 64_000), unit: "MiB")
    let document = GraphDocument(
      fragments: [
        Fragment(
          type: "cluster",
          children: [
            Fragment(type: "node", names: try Hostlist(["login"]), children: cores),
            Fragment(
              type: "node", names: try Hostlist(["big"]), properties: [Property(key: "ssd", value: "fast")],
              children: cores + [memory]),
            Fragment(type: "pdu", size: Amount(thousandths: 9_000), unit: "W"),
          ])
      ], edges: [EdgeDescription(subsystem: "power", source: "/cluster0/pdu0", target: "/cluster0/big")])
    let whole = try ResourceGraph(document)
    func vertex(_ path: String) throws -> VertexID { try #require(whole.vertex(at: path)) }
    let grants = [
      Grant(vertex: try vertex("/cluster0/big/core1"), amount: .one),
      Grant(vertex: try vertex("/cluster0/big/memory0"), amount: Amount(thousandths: 24_000)),
      Grant(vertex: try vertex("/cluster0/pdu0"), amount: Amount(thousandths: 2_000)),
    ]
    let inside = Confinement(grants, of: whole).emptyGraph
    #expect(inside.count == 5)
    let big = try #require(inside.host(named: "big"))
    let core = try #require(inside.vertex(at: "/cluster0/big/core1"))
    let pool = try #require(inside.vertex(at: "/cluster0/big/memory0"))
    #expect(inside.rank(of: big) == 0 && inside.hostCount == 1)
    #expect(inside.view(of: big)?.properties == [Property(key: "ssd", value: "fast")])
    #expect(inside.cpus(of: core) == [1, 5])
    #expect(inside.view(of: pool)?.size == Amount(thousandths: 24_000) && inside.view(of: pool)?.unit == "MiB")
    var edges: [GraphEdge] = []
    inside.forEachEdge { edges.append($0) }
    #expect(edges.count == 1 && edges.first?.subsystem == "power" && edges.first?.target == big)
    inside.checkInvariants()
  }

  @Test("A node that others share outside is given whole inside as what was granted of it")
  func sharedNodesAreGivenInParts() throws {
    let whole = GraphTests.graph(nodes: 2, [Fragment(type: "core", count: 4)])
    let node = try #require(whole.host(rank: 1))
    let cores = whole.children(of: node)
    let shared = Confinement(cores.dropFirst().map { Grant(vertex: $0, amount: .one) }, of: whole)
    let alone = Confinement([Grant(vertex: node, amount: .one)], of: whole)
    for confinement in [shared, alone] {
      var graph = confinement.graph
      let found = graph.match(graph.compile([.resource("node", 1)]))
      let inner = try #require(found)
      let given = confinement.outward(inner)
      #expect(given.map(\.vertex) == (confinement.emptyGraph.count == 5 ? Array(cores.dropFirst()) : [node]))
    }
  }

  @Test("Whatever is matched inside is part of what is held, once, and can be given back")
  func staysWithin() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("confinements: seed \(seed)")
    var matched = 0
    for number in 0..<1_000 {
      var random = SeededRandom(seed: seed &+ UInt64(number))
      matched += try Self.explore(&random, "seed \(seed &+ UInt64(number))")
    }
    #expect(matched > 400, "something was matched inside")
  }

  private static func explore(_ random: inout SeededRandom, _ name: String) throws -> Int {
    let units = [
      Fragment(type: "core", count: random.within(1...5)), Fragment(type: "gpu", count: random.within(1...2)),
      Fragment(type: "memory", size: Amount(thousandths: Int64(random.pick([8_000, 100_000]))), unit: "MiB"),
    ]
    let node = Fragment(
      type: "node", count: random.within(1...6),
      children: random.chance(500) ? [Fragment(type: "socket", count: 2, children: units)] : units)
    var whole = ResourceGraph()
    let racks = Fragment(type: "rack", count: 2, children: [node])
    whole.apply(.add(Fragment(type: "cluster", children: random.chance(500) ? [racks] : [node]), under: nil))
    guard let held = match(&whole, &random) else { return 0 }
    var left: [VertexID: Int64] = [:]
    for grant in held { add(grant, of: whole, to: &left) }
    var confinement = Confinement(held, of: whole)
    var steps: [[Grant]] = []
    for _ in 0..<random.within(1...12) {
      if !steps.isEmpty, random.chance(300) {
        let given = steps.remove(at: random.below(steps.count))
        confinement.release(given)
        for grant in given { add(grant, of: whole, to: &left) }
        continue
      }
      var graph = confinement.graph
      guard let inner = match(&graph, &random) else { continue }
      let given = confinement.outward(inner)
      try #require(confinement.accepts(given), "\(name): what was found can be taken")
      confinement.take(given)
      for grant in given { add(grant, of: whole, to: &left, sign: -1) }
      try #require(left.values.allSatisfy { $0 >= 0 }, "\(name): within what is held, and once")
      steps.append(given)
      confinement.graph.checkInvariants()
    }
    for given in steps { confinement.release(given) }
    for type in ["node", "socket", "core", "gpu", "memory"] {
      let free = confinement.graph.free(ofType: type)
      try #require(free == confinement.emptyGraph.total(ofType: type), "\(name): all \(type) are free again")
    }
    return steps.count
  }

  private static func match(_ graph: inout ResourceGraph, _ random: inout SeededRandom) -> [Grant]? {
    var parts = [RequestPart.resource("core", Int64(random.within(1...3)))]
    if random.chance(300) { parts.append(.resource("gpu", 1)) }
    if random.chance(300) { parts.append(.resource("memory", Int64(random.within(1...8)))) }
    let slot = RequestPart.slot(Int64(random.within(1...3)), parts)
    let request = random.chance(300) ? RequestPart.resource("node", Int64(random.within(1...2))) : slot
    return graph.match(graph.compile([request]), policy: random.pick(MatchPolicy.all))
  }

  /// A vertex that is given whole is given with all beneath it.
  private static func add(
    _ grant: Grant, of graph: ResourceGraph, to left: inout [VertexID: Int64], sign: Int64 = 1
  ) {
    left[grant.vertex, default: 0] += sign * grant.amount.thousandths
    for child in graph.children(of: grant.vertex) {
      guard let size = graph.view(of: child)?.size else { continue }
      add(Grant(vertex: child, amount: size), of: graph, to: &left, sign: sign)
    }
  }
}
