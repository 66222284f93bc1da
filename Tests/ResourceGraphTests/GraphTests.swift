import Jobspec
import ResourceGraph
import TestKit
import Testing
import Vocabulary

@Suite("Growing, shrinking and matching")
struct GraphTests {
  static func graph(nodes: Int, _ children: [Fragment] = [Fragment(type: "core", count: 2)]) -> ResourceGraph {
    var graph = ResourceGraph()
    graph.apply(.add(Fragment(type: "cluster", children: [node(nodes, children)]), under: nil))
    return graph
  }

  static func node(_ count: Int = 1, _ children: [Fragment] = [Fragment(type: "core", count: 2)]) -> Fragment {
    Fragment(type: "node", count: count, children: children)
  }

  private static func match(
    _ graph: inout ResourceGraph, _ part: RequestPart, _ policy: MatchPolicy = .first, hosts: HostSet? = nil
  ) -> [String]? {
    graph.match(graph.compile([part]), policy: policy, hosts: hosts)?.map { graph.path(of: $0.vertex) }
  }

  private static func grants(_ graph: inout ResourceGraph, _ part: RequestPart) throws -> [Grant] {
    let grants = graph.match(graph.compile([part]))
    return try #require(grants)
  }

  // MARK: Growing and shrinking

  @Test("Ids, ranks and vertex numbers of hosts continue and are never reused")
  func numbersContinue() throws {
    var graph = Self.graph(nodes: 3)
    let root = try #require(graph.root)
    let last = try #require(graph.host(rank: 2))
    graph.apply(.remove(last))
    let next = graph.nextVertex
    graph.apply(.add(Self.node(), under: root))
    #expect(graph.host(rank: 3) == next)
    #expect(graph.name(of: next) == "node3")
    #expect(graph.host(named: "node2") == nil)
    #expect(graph.hostCount == 3 && graph.rankLimit == 4)
    graph.apply(.add(Fragment(type: "core"), under: next))
    #expect(graph.vertex(at: "/cluster0/node3/core2") != nil)
    graph.checkInvariants()
  }

  @Test("A removed vertex keeps telling old shares")
  func removedVerticesTell() throws {
    var graph = Self.graph(nodes: 2)
    let grants = try Self.grants(&graph, .resource("node", 1, [.slot(1, [.resource("core", 1)])]))
    let allocation = Allocation(grants: grants, expiration: nil)
    let share = NodeShare(rank: 0, hostname: "node0", cores: [0, 1], gpus: [], memoryMebibytes: 0, cpus: [[], []])
    #expect(graph.shares(of: allocation) == [share])
    graph.release(grants)
    graph.apply(.remove(grants[0].vertex))
    #expect(graph.shares(of: allocation) == [share])
    #expect(!graph.contains(grants[0].vertex) && !graph.fits(grants))
  }

  @Test("Cores of nested sockets are numbered through their host")
  func nestedSockets() {
    let graph = Self.graph(nodes: 1, [Fragment(type: "socket", count: 2, children: [Fragment(type: "core", count: 3)])])
    #expect(graph.vertex(at: "/cluster0/node0/socket1/core3") != nil)
    #expect(graph.vertex(at: "/cluster0/node0/socket1/core0") == nil)
    var matching = graph
    let socket = RequestPart.slot(1, [.resource("socket", 1)])
    #expect(Self.match(&matching, socket) == ["/cluster0/node0/socket0"])
    #expect(matching.free(ofType: "core") == Amount(thousandths: 3_000))
  }

  @Test("A default name that a host was given explicitly is passed over")
  func defaultNamesDoNotMeet() throws {
    var graph = Self.graph(nodes: 1)
    let root = try #require(graph.root)
    graph.apply(.add(Fragment(type: "node", names: try Hostlist(parsing: "node2")), under: root))
    graph.apply(.add(Self.node(2), under: root))
    #expect(graph.hostCount == 4)
    #expect(graph.host(rank: 1).map { graph.name(of: $0) } == "node2")
    #expect(graph.host(rank: 2).map { graph.name(of: $0) } == "node3")
    graph.checkInvariants()
  }

  @Test("A search tree of three levels finds the one free child, also after removals", arguments: [65, 200, 4_200])
  func searchTrees(count: Int) throws {
    var graph = Self.graph(nodes: count, [Fragment(type: "core")])
    let slot = RequestPart.slot(1, [.resource("core", 1)])
    var held = try Self.grants(&graph, .slot(Int64(count), [.resource("core", 1)]))
    #expect(Self.match(&graph, slot) == nil)
    for rank in [count - 1, count / 2, 0, 63, 64] {
      let grant = held[rank]
      graph.release([grant])
      for policy in ["first", "high", "locality"].compactMap(MatchPolicy.init(named:)) {
        #expect(Self.match(&graph, slot, policy) == ["/cluster0/node\(rank)/core0"])
        graph.release([grant])
      }
      graph.take([grant])
    }
    graph.release(held)
    held = []
    // Most of them, so that the gaps are closed on the way.
    for rank in 0..<count where rank % 10 != 7 { graph.apply(.remove(try #require(graph.host(rank: rank)))) }
    graph.checkInvariants()
    #expect(Self.match(&graph, slot) == ["/cluster0/node7/core0"])
    graph.apply(.add(Self.node(100, [Fragment(type: "core")]), under: graph.root))
    for _ in 0..<10 { graph.apply(.add(Self.node(), under: graph.root)) }
    graph.checkInvariants()
    #expect(
      Self.match(&graph, slot, try #require(MatchPolicy(named: "high"))) == ["/cluster0/node\(count + 109)/core1"])
  }

  @Test("A copy keeps what it was when the original changes")
  func copies() throws {
    var graph = Self.graph(nodes: 100)
    let before = graph
    _ = Self.match(&graph, .slot(50, [.resource("core", 2)]))
    graph.apply(.remove(try #require(graph.host(rank: 99))))
    #expect(before.free(ofType: "core") == Amount(thousandths: 200_000))
    #expect(graph.free(ofType: "core") == Amount(thousandths: 98_000))
    before.checkInvariants()
    graph.checkInvariants()
  }

  // MARK: Matching

  @Test("An exclusive node is one grant, and takes all that it holds")
  func wholeHost() throws {
    var graph = Self.graph(nodes: 2)
    let node = RequestPart.resource("node", 1, [.slot(1, [.resource("core", 1)])])
    #expect(Self.match(&graph, node) == ["/cluster0/node0"])
    #expect(graph.free(ofType: "core") == Amount(thousandths: 2_000))
    #expect(Self.match(&graph, .slot(1, [.resource("core", 1)])) == ["/cluster0/node1/core0"])
    #expect(Self.match(&graph, node) == nil)
    #expect(!graph.accepts([Grant(vertex: try #require(graph.vertex(at: "/cluster0/node0/core0")), amount: .one)]))
  }

  @Test("Nothing on a host that is down, drained or excluded is given out, and what is held there stays")
  func closedHosts() throws {
    let drain = Drain(reason: "disk", at: Timestamp(microseconds: 1))
    for rank in 0..<3 {
      var graph = Self.graph(nodes: 1)
      let host = try #require(graph.host(rank: 0))
      let changes: [(on: GraphChange, off: GraphChange)] = [
        (.setStatus(host, .down), .setStatus(host, .up)), (.drain(host, drain), .drain(host, nil)),
        (.exclude(host, true), .exclude(host, false)),
      ]
      let slot = RequestPart.slot(1, [.resource("core", 1)])
      let grants = try Self.grants(&graph, slot)
      graph.apply(changes[rank].on)
      #expect(Self.match(&graph, slot) == nil && graph.free(ofType: "core") == .zero)
      #expect(graph.taken(of: grants[0].vertex) == .one)
      graph.release(grants)
      #expect(graph.fits(grants) && !graph.accepts(grants))
      graph.apply(changes[rank].off)
      #expect(graph.accepts(grants) && graph.free(ofType: "core") == Amount(thousandths: 2_000))
      graph.checkInvariants()
    }
  }

  @Test("Memory is taken by amount, and what two slots take of one pool is one grant")
  func memory() throws {
    let pool = Fragment(type: "memory", size: Amount(thousandths: 10_000), unit: "MiB")
    var graph = Self.graph(nodes: 1, [Fragment(type: "core", count: 4), pool])
    let slots = RequestPart.slot(2, [.resource("core", 1), .resource("memory", 3)])
    let grants = try Self.grants(&graph, slots)
    #expect(grants.map(\.amount.thousandths) == [1_000, 1_000, 6_000])
    #expect(graph.shares(of: Allocation(grants: grants, expiration: nil)).map(\.memoryMebibytes) == [6])
    #expect(graph.match(graph.compile([slots])) == nil)
    graph.release(grants)
    #expect(graph.free(ofType: "memory") == Amount(thousandths: 10_000))
    graph.checkInvariants()
  }

  @Test("Of a range as many are taken as there are, of a set the largest member that fits")
  func ranges() {
    let slot = RequestPart.slot(1, [.resource("core", 2)])
    func taken(_ count: ResourceCount, nodes: Int) -> Int? {
      var graph = Self.graph(nodes: nodes)
      let part = RequestPart(kind: .resource(type: "node"), count: count, isExclusive: true, parts: [slot])
      return graph.match(graph.compile([part]))?.count
    }
    let range = ResourceCount.range(minimum: 2, maximum: 4, step: .add, operand: 1)
    #expect(taken(range, nodes: 1) == nil && taken(range, nodes: 3) == 3 && taken(range, nodes: 9) == 4)
    let powers = ResourceCount.range(minimum: 1, maximum: nil, step: .multiply, operand: 2)
    #expect(taken(powers, nodes: 7) == 4)
    #expect(
      taken(.set([2, 5]), nodes: 4) == 2 && taken(.set([2, 5]), nodes: 5) == 5 && taken(.set([2]), nodes: 1) == nil)
  }

  @Test("Only resources with the ids that are asked for are taken")
  func ids() {
    var graph = Self.graph(nodes: 2)
    let part = RequestPart.slot(2, [.resource("core", 1, ids: [1])])
    #expect(Self.match(&graph, part) == ["/cluster0/node0/core1", "/cluster0/node1/core1"])
    #expect(Self.match(&graph, part) == nil)
  }

  @Test("High takes the last hosts first, and locality the one with the least left over")
  func orders() throws {
    var graph = Self.graph(nodes: 3)
    let one = RequestPart.slot(1, [.resource("core", 1)])
    #expect(Self.match(&graph, one, try #require(MatchPolicy(named: "high"))) == ["/cluster0/node2/core1"])
    #expect(Self.match(&graph, one, try #require(MatchPolicy(named: "locality"))) == ["/cluster0/node2/core0"])
    #expect(Self.match(&graph, one, try #require(MatchPolicy(named: "low"))) == ["/cluster0/node0/core0"])
  }

  @Test("Policies of whole hosts take every host they touch")
  func wholeHostPolicies() throws {
    var graph = Self.graph(nodes: 3)
    let one = RequestPart.slot(1, [.resource("core", 1)])
    #expect(Self.match(&graph, one, try #require(MatchPolicy(named: "hinodex"))) == ["/cluster0/node2"])
    #expect(Self.match(&graph, one) == ["/cluster0/node0/core0"])
    #expect(Self.match(&graph, one, try #require(MatchPolicy(named: "lonodex"))) == ["/cluster0/node1"])
    #expect(Self.match(&graph, one, try #require(MatchPolicy(named: "firstnodex"))) == nil)
  }

  @Test("Hosts outside of the given set are left alone")
  func hostSets() {
    var graph = Self.graph(nodes: 3)
    var hosts = HostSet(rankLimit: 3)
    hosts.insert(1)
    #expect(
      Self.match(&graph, .slot(2, [.resource("core", 1)]), hosts: hosts) == [
        "/cluster0/node1/core0", "/cluster0/node1/core1",
      ])
    #expect(Self.match(&graph, .slot(1, [.resource("core", 1)]), hosts: hosts) == nil)
  }

  @Test("Power is taken of the rack's pool and of the cluster's that supplies it, and only while both are up")
  func powerUpward() throws {
    let power = Fragment(type: "power", size: Amount(thousandths: 10_000), unit: "W")
    var graph = ResourceGraph()
    var main = power
    main.size = Amount(thousandths: 15_000)
    let grid = Fragment(type: "grid", children: [main])
    let rack = Fragment(type: "rack", count: 2, children: [Self.node(4), Fragment(type: "supply", children: [power])])
    graph.apply(.add(Fragment(type: "cluster", children: [grid, rack]), under: nil))
    let source = try #require(graph.vertex(at: "/cluster0/grid0/power0"))
    for index in 0..<2 {
      let pool = try #require(graph.vertex(at: "/cluster0/rack\(index)/supply0/power0"))
      let target = try #require(graph.vertex(at: "/cluster0/rack\(index)"))
      for (from, to) in [(source, pool), (pool, target)] {
        let edge = GraphEdge(subsystem: "power", source: from, target: to, relationship: "supplies")
        try graph.check(.addEdge(edge))
        graph.apply(.addEdge(edge))
      }
    }
    let node = RequestPart.resource("node", 1, [.slot(1, [.resource("core", 1), .resource("power", 5)])])
    var powered: [String] = []
    while let paths = Self.match(&graph, node) {
      powered += paths.filter { $0.contains("node") }
      #expect(paths.count { $0.contains("power") } == 2)
    }
    #expect(powered == ["/cluster0/rack0/node0", "/cluster0/rack0/node1", "/cluster0/rack1/node4"])
    #expect(graph.free(ofType: "power") == Amount(thousandths: 5_000))
    graph.checkInvariants()
    graph.apply(.resize(source, Amount(thousandths: 90_000)))
    graph.apply(.setStatus(try #require(graph.vertex(at: "/cluster0/rack1/supply0")), .down))
    #expect(Self.match(&graph, node) == nil)
  }

  @Test("Alternatives are mixed where any will do, and taken one for all where exactly one may be")
  func alternatives() throws {
    let node = Fragment(
      type: "node", count: 2, children: [Fragment(type: "core", count: 3), Fragment(type: "gpu", count: 1)])
    var graph = ResourceGraph()
    graph.apply(.add(Fragment(type: "cluster", children: [node]), under: nil))
    func request(_ kind: RequestPart.Kind, _ count: Int64) -> CompiledRequest {
      let choices: [[RequestPart]] = [[.resource("core", 1), .resource("gpu", 1)], [.resource("core", 2)]]
      return graph.compile(
        choices.map {
          RequestPart(kind: kind, count: .exactly(count), isExclusive: true, label: "task", parts: $0)
        })
    }
    let one = graph.match(request(.xorSlot, 4))
    let tooMany = graph.match(request(.orSlot, 5))
    #expect(one == nil && tooMany == nil)
    let mix = graph.match(request(.orSlot, 4))
    #expect(mix?.count == 8)
    #expect(graph.free(ofType: "core") == .zero && graph.free(ofType: "gpu") == .zero)
    graph.checkInvariants()
  }

  @Test("A snapshot of which bytes are changed or missing is refused, or makes a graph that holds together")
  func damagedSnapshots() throws {
    var graph = ResourceGraph()
    let node = Fragment(
      type: "node", count: 3, properties: [Property(key: "ssd")], children: [Fragment(type: "core", count: 2)])
    graph.apply(.add(Fragment(type: "cluster", children: [node]), under: nil))
    graph.apply(.remove(VertexID(4)))
    graph.apply(.drain(VertexID(1), Drain(reason: "fan", at: Timestamp(microseconds: 7))))
    var chunks: [[UInt8]] = []
    graph.packSnapshot { chunks.append($0) }
    var random = SeededRandom(seed: 7)
    var refused = 0
    for _ in 0..<3_000 {
      var damaged = chunks
      let chunk = random.below(damaged.count)
      if random.chance(200) {
        damaged[chunk].removeLast(random.within(1...3))
      } else {
        damaged[chunk][random.below(damaged[chunk].count)] ^= UInt8(truncatingIfNeeded: random.next() | 1)
      }
      do throws(PackedError) {
        var restorer = GraphRestorer()
        for chunk in damaged { try restorer.add(chunk) }
        _ = try restorer.finish()
      } catch {
        refused += 1
      }
    }
    #expect(refused > 1_000, "\(refused) of 3,000 were refused")
  }
}
