import Jobspec
import Persistent
import Vocabulary

/// Tries out, on copies of the graph, which single changes would make a request match.
struct RemedySearch {
  private let graph: ResourceGraph
  private let idle: ResourceGraph
  private let request: [RequestPart]
  private let policy: MatchPolicy
  private let hosts: HostSet?
  private let operands: OperandList?
  private let parts: [ExplainedPart]
  private(set) var remedies: [Remedy] = []
  private(set) var trialsLeft = ExplainLimits.maximumTrials

  init(_ explainer: Explainer) {
    graph = explainer.graph
    idle = explainer.idle
    request = explainer.request
    policy = explainer.policy
    hosts = explainer.hosts
    operands = explainer.operands
    parts = explainer.parts
  }

  /// The smallest first: what happens by itself, what an operator does, what the user changes.
  mutating func run() {
    if matches(request, on: idle, hosts) { remedies.append(.wait) }
    if let vertices = reopening() { remedies.append(.reopen(vertices)) }
    if let operand = droppedOperand() { remedies.append(.dropOperand(operand)) }
    remedies += lowerCounts()
  }

  private mutating func matches(_ request: [RequestPart], on graph: ResourceGraph, _ hosts: HostSet?) -> Bool {
    guard trialsLeft > 0 else { return false }
    trialsLeft -= 1
    var copy = graph
    return copy.match(copy.compile(request), policy: policy, hosts: hosts) != nil
  }

  // MARK: Reopening

  /// The fewest of the first closed vertices that help, without those of them that are not needed.
  private mutating func reopening() -> [VertexID]? {
    let closed = closedVertices()
    guard !closed.isEmpty, helps(closed) else { return nil }
    guard let count = least(1...closed.count, where: { $0.helps(Array(closed.prefix($1))) }) else { return nil }
    var needed = Array(closed.prefix(count))
    // From the first on: the last one is needed, or a shorter list would have helped.
    var index = 0
    while index < needed.count - 1, trialsLeft > 0 {
      var fewer = needed
      fewer.remove(at: index)
      if helps(fewer) { needed = fewer } else { index += 1 }
    }
    return needed.map { VertexID($0) }
  }

  private mutating func helps(_ vertices: [UInt32]) -> Bool {
    var copy = graph
    for vertex in vertices { copy.reopen(vertex) }
    return matches(request, on: copy, hosts)
  }

  /// Down or drained; not what the instance was configured to leave out, nor on hosts that are not allowed.
  private func closedVertices() -> [UInt32] {
    var closed: [UInt32] = []
    for number in 0..<UInt32(graph.vertices.count) {
      let vertex = graph[number]
      guard !vertex.flags.isDisjoint(with: [.down, .drained]), vertex.flags.isDisjoint(with: [.removed, .excluded])
      else { continue }
      if let hosts, vertex.host != Vertex.none, let rank = graph.rank(of: VertexID(vertex.host)),
        !hosts.contains(rank)
      {
        continue
      }
      closed.append(number)
    }
    return closed
  }

  // MARK: The constraint

  private mutating func droppedOperand() -> Int? {
    guard let operands, operands.isConjunction else { return nil }
    for index in operands.constraints.indices.prefix(ExplainLimits.maximumOperands) {
      let rest = operands.dropping(index).map { graph.hosts(allowedBy: $0) }
      if matches(request, on: graph, rest) { return index }
    }
    return nil
  }

  // MARK: Counts

  /// Of the parts that are not bound to a host, and of those that are, the one that would have to give up least.
  private mutating func lowerCounts() -> [Remedy] {
    var best: [Bool: (loss: Double, remedy: Remedy)] = [:]
    for part in parts {
      let asked = part.part.count.minimum
      guard asked > 1, let count = most(1...(asked - 1), where: { $0.matches(part, count: $1) }) else { continue }
      let type = part.part.kind.type ?? "slot"
      let isWithin = part.perHost != nil
      let remedy =
        isWithin
        ? Remedy.smaller(pointer: part.pointer, type: type, count: count, insteadOf: asked)
        : Remedy.fewer(pointer: part.pointer, type: type, count: count, insteadOf: asked)
      let loss = Double(asked - count) / Double(asked)
      if best[isWithin].map({ loss < $0.loss }) ?? true { best[isWithin] = (loss, remedy) }
    }
    return [best[false], best[true]].compactMap { $0?.remedy }
  }

  private mutating func matches(_ part: ExplainedPart, count: Int64) -> Bool {
    matches(request.settingCount(count, at: part.path[...]), on: graph, hosts)
  }

  // MARK: Bisection

  /// The least number of a range for which a condition holds that holds for all larger ones.
  private mutating func least(
    _ range: ClosedRange<Int>, where condition: (inout RemedySearch, Int) -> Bool
  ) -> Int? {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = low + (high - low) / 2
      if condition(&self, middle) { high = middle } else { low = middle + 1 }
    }
    return condition(&self, low) ? low : nil
  }

  /// The largest number of a range for which a condition holds that holds for all smaller ones.
  private mutating func most(
    _ range: ClosedRange<Int64>, where condition: (inout RemedySearch, Int64) -> Bool
  ) -> Int64? {
    guard condition(&self, range.lowerBound) else { return nil }
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = high - (high - low) / 2
      if condition(&self, middle) { low = middle } else { high = middle - 1 }
    }
    return condition(&self, low) ? low : nil
  }
}

extension ResourceGraph {
  fileprivate mutating func reopen(_ number: UInt32) {
    changeContribution(of: number) { graph in
      graph.vertices.modify(Int(number)) { $0.flags.subtract([.down, .drained]) }
    }
  }
}

extension [RequestPart] {
  /// The same request with exactly so many of one part.
  fileprivate func settingCount(_ count: Int64, at path: ArraySlice<Int>) -> [RequestPart] {
    guard let index = path.first else { return self }
    var parts = self
    let part = parts[index]
    parts[index] = RequestPart(
      kind: part.kind, count: path.count == 1 ? .exactly(count) : part.count, unit: part.unit,
      isExclusive: part.isExclusive, ids: part.ids, label: part.label,
      parts: part.parts.settingCount(count, at: path.dropFirst()))
    return parts
  }
}
