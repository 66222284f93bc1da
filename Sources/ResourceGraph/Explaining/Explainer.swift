import Jobspec
import Persistent
import Vocabulary

/// Works out one explanation: first the tallies, in one walk over the graph, then the remedies.
struct Explainer {
  let request: [RequestPart]
  let operands: OperandList?
  let graph: ResourceGraph
  /// Nothing held, and what is closed now is closed.
  let idle: ResourceGraph
  let policy: MatchPolicy
  let compiled: CompiledRequest
  let parts: [ExplainedPart]
  let hosts: HostSet?
  var explanation = Explanation()

  init(
    _ request: [RequestPart], _ constraint: Constraint?, graph: ResourceGraph, empty: ResourceGraph,
    policy: MatchPolicy
  ) {
    self.request = request
    self.graph = graph
    self.policy = policy
    operands = constraint.map { OperandList($0) }
    compiled = graph.compile(request)
    parts = Array(ExplainedPart.list(request, compiled).prefix(ExplainLimits.maximumParts))
    hosts = constraint.map { graph.hosts(allowedBy: $0) }
    idle = empty.closed(as: graph)
    var copy = empty
    explanation.isSatisfiable = copy.match(compiled, policy: policy, hosts: hosts) != nil
    explanation.unknownType = compiled.unknownType
  }

  mutating func explain() -> Explanation {
    var copy = graph
    explanation.isMatch = copy.match(compiled, policy: policy, hosts: hosts) != nil
    tally()
    if !explanation.isMatch {
      var search = RemedySearch(self)
      search.run()
      explanation.remedies = search.remedies
      if search.workLeft <= 0 { explanation.isPartial = true }
    }
    return explanation
  }

  private mutating func tally() {
    explanation.parts = parts.map { part in
      PartExplanation(
        pointer: part.pointer, type: part.part.kind.type ?? "slot", isAlternative: part.part.kind.isAlternative,
        needed: Amount(thousandths: part.needed * 1_000),
        neededPerHost: part.perHost.map { Amount(thousandths: $0 * 1_000) }, unit: part.part.unit ?? "")
    }
    let failing = failingOperands()
    guard let root = graph.root?.rawValue else { return }
    var tally = PartTally(self, failing: failing, explanation.parts)
    tally.visit(root, at: PartTally.Place())
    explanation.parts = tally.finished()
    if tally.isPartial { explanation.isPartial = true }
  }

  /// Of each rank that is not allowed, the first operand that its host fails; also counts whom each operand allows.
  private mutating func failingOperands() -> [Int: Int] {
    guard let operands, let hosts else { return [:] }
    if operands.constraints.count > ExplainLimits.maximumOperands { explanation.isPartial = true }
    var failing: [Int: Int] = [:]
    for (index, constraint) in operands.constraints.prefix(ExplainLimits.maximumOperands).enumerated() {
      let allowed = graph.hosts(allowedBy: constraint)
      explanation.operands.append(ConstraintOperand(constraint: constraint, allowedHosts: allowed.count))
      // Who is not allowed by one of several alternatives fails all of them.
      guard operands.isConjunction else { continue }
      graph.forEachHost { rank, _ in
        if !hosts.contains(rank), !allowed.contains(rank), failing[rank] == nil { failing[rank] = index }
        return true
      }
    }
    return failing
  }
}

extension ResourceGraph {
  /// The same vertices, closed as they are in another state of the graph.
  fileprivate func closed(as other: ResourceGraph) -> ResourceGraph {
    var copy = self
    for number in 0..<UInt32(vertices.count) {
      let wanted = other[number].flags.intersection(.closed)
      let present = self[number].flags.intersection(.closed)
      guard wanted != present, !wanted.contains(.removed), !present.contains(.removed) else { continue }
      copy.changeContribution(of: number) { graph in
        graph.vertices.modify(Int(number)) { vertex in
          vertex.flags.subtract(.closed)
          vertex.flags.formUnion(wanted)
        }
      }
    }
    return copy
  }
}
