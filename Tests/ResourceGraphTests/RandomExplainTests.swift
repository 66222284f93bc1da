import Jobspec
import ResourceGraph
import TestKit
import Testing
import Vocabulary

@Suite("Explanations of random requests")
struct RandomExplainTests {
  /// A graph in some state, and a request.
  private struct Case {
    var graph: ResourceGraph
    let empty: ResourceGraph
    var held: [Grant] = []
    let request: [RequestPart]
    let constraint: Constraint?

    init(_ random: inout SeededRandom) throws {
      let cores = Fragment(type: "core", count: random.within(1...4))
      let parts = random.chance(500) ? [cores] : [Fragment(type: "socket", count: 2, children: [cores])]
      let rack = Fragment(
        type: "rack", count: 2,
        children: [
          Fragment(type: "node", count: random.within(1...4), properties: [Property(key: "a")], children: parts),
          Fragment(type: "node", count: random.within(1...2), properties: [Property(key: "b")], children: parts),
        ])
      empty = {
        var graph = ResourceGraph()
        graph.apply(.add(Fragment(type: "cluster", children: [rack]), under: nil))
        return graph
      }()
      graph = empty
      for _ in 0..<random.below(4) {
        let slot = RequestPart.slot(1, [.resource("core", Int64(random.within(1...4)))])
        held += graph.match(graph.compile([slot]), policy: random.pick(MatchPolicy.all)) ?? []
      }
      for _ in 0..<random.below(5) {
        let vertex = VertexID(UInt32(random.within(1...(graph.count - 1))))
        switch random.below(3) {
        case 0: graph.apply(.setStatus(vertex, .down))
        case 1: graph.apply(.drain(vertex, Drain(reason: "", at: Timestamp(microseconds: 0))))
        default: graph.apply(.exclude(vertex, true))
        }
      }
      let slot = RequestPart.slot(Int64(random.within(1...6)), [.resource("core", Int64(random.within(1...6)))])
      let nodes = Int64(random.within(1...8))
      request = [random.chance(500) ? slot : .resource("node", nodes, isExclusive: random.chance(300), [slot])]
      let texts = ["a", "b", "a b", "a -b", "a or b", "rank:0-3", "a rank:0-5", "-a"]
      constraint = random.chance(600) ? try ConstraintQuery.parse(random.pick(texts)) : nil
    }

    func matches(_ request: [RequestPart], on graph: ResourceGraph, _ constraint: Constraint?) -> Bool {
      var copy = graph
      return copy.match(copy.compile(request), hosts: constraint.map { graph.hosts(allowedBy: $0) }) != nil
    }

    /// Whether the request matches once a remedy was applied by what anybody can call.
    func matches(after remedy: Remedy, _ explanation: Explanation) -> Bool {
      var changed = graph
      switch remedy {
      case .wait:
        changed.release(held)
        return matches(request, on: changed, constraint)
      case .reopen(let vertices):
        for vertex in vertices {
          changed.apply(.setStatus(vertex, .up))
          changed.apply(.drain(vertex, nil))
        }
        return matches(request, on: changed, constraint)
      case .dropOperand(let index):
        var rest = explanation.operands.map(\.constraint)
        rest.remove(at: index)
        return matches(request, on: graph, .and(rest))
      case .fewer(let pointer, _, let count, _), .smaller(let pointer, _, let count, _):
        let path = pointer.split(separator: "/").compactMap { Int($0) }
        return matches(request.with(count, at: path[...]), on: graph, constraint)
          && !matches(request.with(count + 1, at: path[...]), on: graph, constraint)
      }
    }
  }

  @Test("Every remedy helps, and every vertex is counted once")
  func remedies() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("explanations: seed \(seed)")
    var counts: [String: Int] = [:]
    for number in 0..<400 as Range<UInt64> {
      var random = SeededRandom(seed: seed &+ number)
      let it = try Case(&random)
      let explanation = it.graph.explain(request: it.request, constraint: it.constraint, empty: it.empty)
      let isMatch = it.matches(it.request, on: it.graph, it.constraint)
      try #require(explanation.isMatch == isMatch, "seed \(seed &+ number)")
      try #require(explanation.isSatisfiable == it.matches(it.request, on: it.empty, it.constraint))
      for part in explanation.parts {
        let all = part.type == "slot" ? "node" : part.type
        var vertices = 0
        if let root = it.graph.root {
          it.graph.forEachVertex(from: root) { vertices += it.graph.type(of: $0) == all ? 1 : 0 }
        }
        try #require(part.vertices == vertices && part.remaining >= 0, "seed \(seed &+ number): \(part)")
        try #require(part.ruledOut.byOperand.reduce(0, +) <= part.ruledOut.byConstraint)
        // Greedy as the search is, what serves one by one serves together: hosts do not share anything here.
        if isMatch { try #require(part.shortage == .zero, "seed \(seed &+ number): \(part)") }
      }
      if !isMatch, it.request[0].kind.type == "node" {
        try #require(explanation.parts[0].shortage > .zero, "seed \(seed &+ number): \(explanation.parts[0])")
      }
      for remedy in explanation.remedies {
        try #require(it.matches(after: remedy, explanation), "seed \(seed &+ number): \(remedy)")
        counts[String(describing: remedy).prefix { $0 != "(" }.description, default: 0] += 1
      }
    }
    #expect(
      Set(counts.keys) == ["wait", "reopen", "dropOperand", "fewer", "smaller"], "all kinds were seen: \(counts)")
  }
}

extension [RequestPart] {
  fileprivate func with(_ count: Int64, at path: ArraySlice<Int>) -> [RequestPart] {
    guard let index = path.first else { return self }
    var parts = self
    let part = parts[index]
    parts[index] = RequestPart(
      kind: part.kind, count: path.count == 1 ? .exactly(count) : part.count, isExclusive: part.isExclusive,
      label: part.label, parts: part.parts.with(count, at: path.dropFirst()))
    return parts
  }
}
