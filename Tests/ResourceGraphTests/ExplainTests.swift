import Jobspec
import ResourceGraph
import TestKit
import Testing
import Vocabulary

@Suite("Explanations")
struct ExplainTests {
  private static let core = Fragment(type: "core", count: 4)

  private static func nodes(_ count: Int, _ name: String, _ properties: [String] = [], cores: Int = 4) -> Fragment {
    Fragment(
      type: "node", basename: name, count: count, properties: properties.map { Property(key: $0) },
      children: [Fragment(type: "core", count: cores)])
  }

  private static func graph(_ nodes: [Fragment]) -> ResourceGraph {
    var graph = ResourceGraph()
    graph.apply(.add(Fragment(type: "cluster", children: nodes), under: nil))
    return graph
  }

  private static func node(_ count: Int64, cores: Int64) -> RequestPart {
    .resource("node", count, isExclusive: false, [.slot(1, [.resource("core", cores)])])
  }

  private static func constraint(_ text: String) throws -> Constraint { try ConstraintQuery.parse(text) }

  private static func vertex(_ graph: ResourceGraph, _ path: String) throws -> VertexID {
    try #require(graph.vertex(at: path))
  }

  @Test("Every vertex is ruled out by one cause, the first that holds")
  func causes() throws {
    let empty = Self.graph([Self.nodes(7, "a", ["ssd"]), Self.nodes(1, "b"), Self.nodes(1, "c", ["ssd"], cores: 1)])
    var graph = empty
    func name(_ number: Int) throws -> VertexID { try Self.vertex(graph, "/cluster0/a\(number)") }
    graph.apply(.setStatus(try name(0), .down))
    graph.apply(.drain(try name(0), Drain(reason: "both", at: Timestamp(microseconds: 1))))
    graph.apply(.drain(try name(1), Drain(reason: "fan", at: Timestamp(microseconds: 1))))
    graph.apply(.exclude(try name(2), true))
    graph.take([Grant(vertex: try name(3), amount: .one)])
    graph.take([Grant(vertex: try Self.vertex(graph, "/cluster0/a4/core1"), amount: .one)])
    // Down, but not allowed in the first place.
    graph.apply(.setStatus(try Self.vertex(graph, "/cluster0/b7"), .down))
    let explanation = graph.explain(
      request: [Self.node(3, cores: 4)], constraint: try Self.constraint("ssd"), empty: empty)
    let node = try #require(explanation.parts.first)
    #expect(!explanation.isMatch && explanation.isSatisfiable && !explanation.isPartial)
    #expect(node.pointer == "/resources/0" && node.type == "node" && node.vertices == 9)
    let causes = node.ruledOut
    #expect(causes.byConstraint == 1 && causes.byOperand == [1])
    #expect(causes.down == 1 && causes.drained == 1 && causes.excluded == 1)
    #expect(causes.held == 2 && causes.tooSmall == 1)
    #expect(node.remaining == 2 && node.available == Amount(units: 2) && node.shortage == .one)
    let core = try #require(explanation.parts.last)
    #expect(core.pointer == "/resources/0/with/0/with/0" && core.needed == Amount(units: 12))
    #expect(core.neededPerHost == Amount(units: 4) && core.mostOnOneHost == Amount(units: 4))
    #expect(core.vertices == 33 && core.remaining == 8)
    // The four of the host that is held whole, and the four of the host of which one is held.
    #expect(core.ruledOut.held == 8 && core.ruledOut.tooSmall == 1 && core.ruledOut.byConstraint == 4)
  }

  @Test("A request that matches has nothing to explain")
  func matching() {
    let graph = Self.graph([Self.nodes(2, "a")])
    let explanation = graph.explain(request: [Self.node(2, cores: 4)], constraint: nil, empty: graph)
    #expect(explanation.isMatch && explanation.isSatisfiable && explanation.remedies.isEmpty)
    #expect(explanation.parts.allSatisfy { $0.shortage == .zero })
    #expect(explanation.summary == "matches now")
  }

  @Test("What is held is waited for, what is down is reopened, and no more of it than is needed")
  func waitingAndReopening() throws {
    let empty = Self.graph([Self.nodes(6, "a")])
    var graph = empty
    let names = try (0..<6).map { try Self.vertex(graph, "/cluster0/a\($0)") }
    graph.take([Grant(vertex: names[0], amount: .one)])
    let one = graph.explain(request: [Self.node(6, cores: 4)], constraint: nil, empty: empty)
    #expect(one.remedies == [.wait, .fewer(pointer: "/resources/0", type: "node", count: 5, insteadOf: 6)])
    #expect(one.change == .wait)
    for number in [1, 3, 5] { graph.apply(.setStatus(names[number], .down)) }
    // Two are up and free, and what is held is not needed for four: two of the three have to come back.
    let two = graph.explain(request: [Self.node(4, cores: 4)], constraint: nil, empty: empty)
    #expect(two.change == .reopen([names[1], names[3]]))
    #expect(!two.remedies.contains(.wait) && two.isSatisfiable)
  }

  @Test("The operand without which it would match is found, and of alternatives none is blamed")
  func operands() throws {
    let graph = Self.graph([
      Self.nodes(2, "a", ["ssd"]), Self.nodes(2, "b", ["gpu"]), Self.nodes(1, "c", ["ssd", "gpu"]),
    ])
    let both = graph.explain(
      request: [Self.node(3, cores: 4)], constraint: try Self.constraint("ssd gpu"), empty: graph)
    #expect(both.operands.map(\.text) == [#"{"properties":["ssd"]}"#, #"{"properties":["gpu"]}"#])
    #expect(both.operands.map(\.allowedHosts) == [3, 3])
    #expect(both.parts[0].ruledOut.byOperand == [2, 2] && both.parts[0].ruledOut.byConstraint == 4)
    #expect(both.change == .dropOperand(0))
    #expect(!both.isSatisfiable)
    let either = graph.explain(
      request: [Self.node(4, cores: 4)], constraint: try Self.constraint("host:a0 or host:c4"), empty: graph)
    #expect(either.operands.count == 2 && either.parts[0].ruledOut.byOperand == [0, 0])
    #expect(either.parts[0].ruledOut.byConstraint == 3)
    #expect(either.remedies == [.fewer(pointer: "/resources/0", type: "node", count: 2, insteadOf: 4)])
  }

  @Test("A slot that is too large for every host says how large it may be, and what it is short of")
  func smaller() throws {
    let memory = Fragment(type: "memory", size: Amount(units: 1_000) ?? .one, unit: "MiB")
    let graph = Self.graph([Fragment(type: "node", count: 3, children: [Self.core, memory])])
    let slot = RequestPart.slot(2, [.resource("core", 2), .resource("memory", 1_500)])
    let explanation = graph.explain(request: [slot], constraint: nil, empty: graph)
    let pointer = "/resources/0/with/1"
    #expect(
      explanation.remedies == [.smaller(pointer: pointer, type: "memory", count: 1_000, insteadOf: 1_500)])
    #expect(explanation.parts.map(\.pointer) == ["/resources/0", "/resources/0/with/0", pointer])
    #expect(explanation.parts[0].vertices == 3 && explanation.parts[0].ruledOut.tooSmall == 3)
    #expect(explanation.parts[2].mostOnOneHost == Amount(units: 1_000))
    #expect(explanation.summary.contains("short of memory") && explanation.summary.contains("even with nothing held"))
  }

  @Test("Something that the graph has never had has no remedy")
  func unknownType() {
    let graph = Self.graph([Self.nodes(1, "a")])
    let explanation = graph.explain(request: [.slot(1, [.resource("fpga", 1)])], constraint: nil, empty: graph)
    #expect(explanation.unknownType == "fpga" && explanation.remedies.isEmpty && !explanation.isSatisfiable)
    #expect(explanation.summary == "there is nothing of type \"fpga\"")
  }

  @Test("An explanation of a large graph ends in time and says that it is not complete")
  func large() throws {
    let empty = Self.graph([Self.nodes(20_000, "a")])
    var graph = empty
    let root = try #require(graph.root)
    for child in graph.children(of: root).prefix(10_000) { graph.apply(.setStatus(child, .down)) }
    let clock = ContinuousClock()
    var explanation: Explanation?
    let time = clock.measure {
      explanation = graph.explain(request: [Self.node(15_000, cores: 4)], constraint: nil, empty: empty)
    }
    let found = try #require(explanation)
    #expect(found.isPartial, "8,192 vertices are tried out, not 20,000")
    #expect(found.parts[0].vertices == 20_000 && found.parts[0].ruledOut.down == 10_000)
    #expect(found.parts[0].available == Amount(units: 10_000))
    #expect(found.remedies.contains(.fewer(pointer: "/resources/0", type: "node", count: 10_000, insteadOf: 15_000)))
    print("an explanation over 20,000 nodes: \(time)")
  }
}
