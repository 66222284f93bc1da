import ResourceGraph
import Testing
import Vocabulary

@Suite("Faults of changes")
struct FaultTests {
  private static func fault(_ graph: ResourceGraph, _ change: GraphChange) -> MutationFault? {
    do throws(MutationFault) {
      try graph.check(change)
      return nil
    } catch {
      return error
    }
  }

  private static func member(_ graph: ResourceGraph, _ change: GraphChange) -> String? {
    if case .invalid(let member, _) = fault(graph, change) { member } else { nil }
  }

  @Test("What is wrong with a fragment is told by its member")
  func fragments() throws {
    let graph = GraphTests.graph(nodes: 2)
    let root = graph.root
    let node = graph.host(rank: 0)
    let names = try Hostlist(parsing: "a,b")
    var deep = Fragment(type: "box")
    for _ in 0..<GraphLimits.maximumDepth { deep = Fragment(type: "box", children: [deep]) }
    let double = [Property(key: "a"), Property(key: "a")]
    let faults: [(String, Fragment)] = [
      ("count", Fragment(type: "core", count: 0)), ("count", Fragment(type: "core", count: .max)),
      ("count", Fragment(type: "core", count: ResourceGraph.maximumVertices)),
      ("children", deep), ("type", Fragment(type: "")), ("type", Fragment(type: "1a")),
      ("basename", Fragment(type: "core", basename: "a/b")), ("unit", Fragment(type: "core", unit: "a b")),
      ("size", Fragment(type: "core", size: .zero)), ("id", Fragment(type: "core", firstID: -1)),
      ("names", Fragment(type: "core", names: names)), ("properties", Fragment(type: "core", properties: double)),
      ("properties", Fragment(type: "core", properties: [Property(key: "a|b")])),
      ("rank", Fragment(type: "core", firstRank: 7)), ("rank", Fragment(type: "node", firstRank: -1)),
      ("type", Fragment(type: "node", children: [Fragment(type: "box", children: [Fragment(type: "node")])])),
      ("names", Fragment(type: "rack", count: 2, children: [Fragment(type: "node", firstID: 9)])),
    ]
    for (member, fragment) in faults { #expect(Self.member(graph, .add(fragment, under: root)) == member) }
    #expect(Self.member(graph, .add(Fragment(type: "node"), under: node)) == "type")
    #expect(Self.member(graph, .add(Fragment(type: "core"), under: nil)) == "parent")
    #expect(Self.member(ResourceGraph(), .add(Fragment(type: "core", count: 2), under: nil)) == "count")
    #expect(Self.member(graph, .add(Fragment(type: "core"), under: VertexID(99))) == "path")
    var box = Fragment(type: "box")
    for _ in 0..<GraphLimits.maximumDepth - 2 { box = Fragment(type: "box", children: [box]) }
    #expect(Self.fault(graph, .add(box, under: root)) == nil)
    #expect(Self.member(graph, .add(box, under: node)) == "parent")
  }

  @Test("Names, ids and ranks that were given are conflicts, also within one addition")
  func conflicts() throws {
    let graph = GraphTests.graph(nodes: 2)
    let names = try Hostlist(parsing: "node1")
    let hosts = [
      Fragment(type: "node", names: names), Fragment(type: "node", firstID: 1), Fragment(type: "node", firstRank: 1),
      Fragment(type: "rack", children: [Fragment(type: "node", count: 2), Fragment(type: "node", firstID: 3)]),
      Fragment(type: "rack", children: [Fragment(type: "node", firstRank: 5), Fragment(type: "node", firstRank: 5)]),
      Fragment(type: "rack", children: [Fragment(type: "node", firstRank: 5), Fragment(type: "node", firstRank: 3)]),
    ]
    for fragment in hosts {
      guard case .conflict = Self.fault(graph, .add(fragment, under: graph.root)) else {
        Issue.record("\(fragment) is a conflict")
        continue
      }
    }
    guard case .conflict = Self.fault(graph, .add(Fragment(type: "core", firstID: 1), under: graph.host(rank: 0)))
    else {
      Issue.record("core1 is there already")
      return
    }
    let apart = [Fragment(type: "node", firstID: 9, firstRank: 4), Fragment(type: "node", count: 2)]
    var grown = graph
    let change = GraphChange.add(Fragment(type: "rack", children: apart), under: graph.root)
    try grown.check(change)
    grown.apply(change)
    grown.checkInvariants()
    #expect(grown.host(rank: 3) == nil && grown.host(rank: 6).map { grown.name(of: $0) } == "node11")
  }

  @Test("What is held can neither go nor shrink below that, nor get children")
  func inUse() throws {
    var graph = GraphTests.graph(nodes: 2, [Fragment(type: "memory", size: Amount(thousandths: 8_000))])
    let pool = try #require(graph.vertex(at: "/cluster0/node0/memory0"))
    let other = try #require(graph.vertex(at: "/cluster0/node1/memory1") ?? graph.vertex(at: "/cluster0/node1/memory0"))
    let host = try #require(graph.host(rank: 0))
    let whole = try #require(graph.host(rank: 1))
    graph.take([Grant(vertex: pool, amount: Amount(thousandths: 3_000)), Grant(vertex: whole, amount: .one)])
    let changes: [(GraphChange, VertexID)] = [
      (.remove(host), host), (.remove(pool), pool), (.remove(other), other), (.resize(pool, .one), pool),
      (.resize(host, .one), host), (.resize(other, .one), other), (.add(Fragment(type: "core"), under: pool), pool),
    ]
    for (change, vertex) in changes {
      guard case .inUse(vertex, _) = Self.fault(graph, change) else {
        Issue.record("\(change) is refused")
        continue
      }
    }
    #expect(Self.fault(graph, .resize(pool, Amount(thousandths: 3_000))) == nil)
  }

  @Test("What is wrong with other changes is told by its member")
  func others() throws {
    var graph = GraphTests.graph(nodes: 2)
    let host = try #require(graph.host(rank: 0))
    let target = try #require(graph.host(rank: 1))
    func edge(_ subsystem: String, _ from: VertexID, _ to: VertexID, _ relationship: String = "joins") -> GraphEdge {
      GraphEdge(subsystem: subsystem, source: from, target: to, relationship: relationship)
    }
    graph.apply(.addEdge(edge("net", host, target)))
    let drain = Drain(reason: "a\nb", at: Timestamp(microseconds: 1))
    let none = VertexID(99)
    let faults: [(String, GraphChange)] = [
      ("path", .remove(try #require(graph.root))), ("path", .remove(none)), ("path", .setStatus(none, .up)),
      ("path", .exclude(none, true)), ("path", .drain(none, nil)), ("reason", .drain(host, drain)),
      ("path", .resize(none, .one)), ("size", .resize(host, .zero)),
      ("properties", .setProperties(host, [PropertyChange(key: "status", value: "")])),
      ("properties", .setProperties(host, [PropertyChange(key: "a", value: "\n")])),
      ("subsystem", .addEdge(edge("containment", host, target))), ("subsystem", .addEdge(edge("", host, target))),
      ("relationship", .addEdge(edge("net", host, target, "1"))), ("source", .addEdge(edge("net", none, target))),
      ("target", .addEdge(edge("net", host, none))), ("target", .addEdge(edge("net", host, host))),
      ("target", .addEdge(edge("net", target, host))), ("edge", .addEdge(edge("net", host, target))),
      ("edge", .removeEdge(edge("net", target, host))),
    ]
    for (member, change) in faults { #expect(Self.member(graph, change) == member, "\(change)") }
    #expect(Self.fault(graph, .addEdge(edge("power", target, host))) == nil)
    graph.apply(.remove(target))
    #expect(graph.edgeCount == 0)
    graph.checkInvariants()
  }
}
