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
  /// As many as the parts: they say where a bisection is worth beginning.
  private let tallies: [PartExplanation]
  private(set) var remedies: [Remedy] = []
  private(set) var workLeft = ExplainLimits.maximumWork
  private let workOfTrial: Int

  init(_ explainer: Explainer) {
    graph = explainer.graph
    idle = explainer.idle
    request = explainer.request
    policy = explainer.policy
    hosts = explainer.hosts
    operands = explainer.operands
    parts = explainer.parts
    tallies = explainer.explanation.parts
    let units = explainer.parts.reduce(0) { $0 + Int(min($1.needed, Int64(explainer.graph.count))) }
    workOfTrial = ExplainLimits.leastWorkOfTrial + units
  }

  /// The smallest first: what happens by itself, what an operator does, what the user changes.
  mutating func run() {
    if matches(request, on: idle, hosts) { remedies.append(.wait) }
    if let vertices = reopening() { remedies.append(.reopen(vertices)) }
    if let operand = droppedOperand() { remedies.append(.dropOperand(operand)) }
    remedies += lowerCounts()
  }

  private mutating func matches(_ request: [RequestPart], on graph: ResourceGraph, _ hosts: HostSet?) -> Bool {
    guard workLeft > 0 else { return false }
    workLeft -= workOfTrial
    var copy = graph
    return copy.match(copy.compile(request), policy: policy, hosts: hosts) != nil
  }

  // MARK: Reopening

  /// The fewest of the first closed vertices that help, without those of them that are not needed.
  private mutating func reopening() -> [VertexID]? {
    let closed = closedVertices()
    guard !closed.isEmpty, helps(closed) else { return nil }
    let short = tallies.first { $0.type == ResourceGraph.hostType && $0.shortage > .zero }?.shortage.wholeUnits
    let found = least(1...Int64(closed.count), near: short) { $0.helps(Array(closed.prefix(Int($1)))) }
    guard let count = found.map({ Int($0) }) else { return nil }
    var needed = Array(closed.prefix(count))
    guard count <= ExplainLimits.maximumNamedVertices else { return needed.map { VertexID($0) } }
    // From the first on: the last one is needed, or a shorter list would have helped.
    var index = 0
    while index < needed.count - 1, workLeft > 0 {
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
    for (part, tally) in zip(parts, tallies) {
      let asked = part.part.count.minimum
      guard asked > 1 else { continue }
      let count = most(1...(asked - 1), near: Self.likelyCount(part, tally)) { $0.matches(part, count: $1) }
      guard let count else { continue }
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

  /// What the tally has of a part, or the best host of it.
  private static func likelyCount(_ part: ExplainedPart, _ tally: PartExplanation) -> Int64 {
    let asked = part.part.count.minimum
    guard let perHost = part.perHost else { return tally.available.wholeUnits / max(1, part.needed / asked) }
    return tally.mostOnOneHost.wholeUnits / max(1, perHost / asked)
  }

  private mutating func matches(_ part: ExplainedPart, count: Int64) -> Bool {
    matches(request.settingCount(count, at: part.path[...]), on: graph, hosts)
  }

  // MARK: Bisection

  /// The least number of a range for which a condition holds that holds for all larger ones.
  ///
  /// What it returns was tried, also when the work that is left does not suffice for the search.
  /// - Parameter guess: tried first, with the number before it: when it is right, that is all.
  private mutating func least(
    _ range: ClosedRange<Int64>, near guess: Int64?, where condition: (inout RemedySearch, Int64) -> Bool
  ) -> Int64? {
    var below = range.lowerBound - 1
    var above = range.upperBound + 1
    if let guess {
      for number in [guess, guess - 1] where below < number && number < above {
        if condition(&self, number) { above = number } else { below = number }
      }
    }
    while above - below > 1 {
      let middle = below + (above - below) / 2
      if condition(&self, middle) { above = middle } else { below = middle }
    }
    return above <= range.upperBound ? above : nil
  }

  /// The largest number of a range for which a condition holds that holds for all smaller ones.
  private mutating func most(
    _ range: ClosedRange<Int64>, near guess: Int64, where condition: (inout RemedySearch, Int64) -> Bool
  ) -> Int64? {
    let first = least(range, near: guess + 1) { !condition(&$0, $1) } ?? range.upperBound + 1
    return first > range.lowerBound ? first - 1 : nil
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
