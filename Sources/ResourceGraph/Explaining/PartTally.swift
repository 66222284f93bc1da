import Jobspec
import Vocabulary

/// Walks the graph once and counts, for each part of a request, what rules out which vertices.
struct PartTally {
  /// What a walk knows about the place that it has come to.
  struct Place {
    /// Closed here or above.
    var closure: Vertex.Flags = []
    /// It, or what holds it, is held whole.
    var isHeld = false
    /// It is on a host that is not allowed; which operand the host fails, if that is known.
    var isForbidden = false
    var operand: Int?
    /// The parts that the surrounding host could not serve with nothing held; bit by place of the part.
    var smallHost: UInt64 = 0
    /// Those that it cannot serve now.
    var fullHost: UInt64 = 0
  }

  private let graph: ResourceGraph
  private let idleGraph: ResourceGraph
  private let parts: [ExplainedPart]
  private let hosts: HostSet?
  private let hostType: UInt16?
  private let hasConstraint: Bool
  private let failing: [Int: Int]
  /// Searches that try out single vertices: now, with nothing held, and the latter on any host.
  private var live: Matcher<LiveAvailability>
  private var idle: Matcher<LiveAvailability>
  private var anywhere: Matcher<LiveAvailability>
  private var tallies: [PartExplanation]
  private var probesLeft = ExplainLimits.maximumProbes
  private var visitsLeft = ExplainLimits.maximumVertices
  private(set) var isPartial = false

  init(_ explainer: Explainer, failing: [Int: Int], _ tallies: [PartExplanation]) {
    graph = explainer.graph
    idleGraph = explainer.idle
    parts = explainer.parts
    hosts = explainer.hosts
    hasConstraint = explainer.hosts != nil
    hostType = graph.names.number(of: ResourceGraph.hostType)
    self.failing = failing
    self.tallies = tallies
    let policy = explainer.policy
    live = Matcher(LiveAvailability(graph: graph), policy: policy, hosts: hosts)
    idle = Matcher(LiveAvailability(graph: idleGraph), policy: policy, hosts: hosts)
    anywhere = Matcher(LiveAvailability(graph: idleGraph), policy: policy, hosts: nil)
    let operandCount = explainer.explanation.operands.count
    for index in tallies.indices { self.tallies[index].ruledOut.byOperand = Array(repeating: 0, count: operandCount) }
  }

  /// The tallies, once everything was visited.
  mutating func finished() -> [PartExplanation] {
    guard let root = graph.root?.rawValue else { return tallies }
    for (index, part) in parts.enumerated() where part.part.kind.isSlot {
      // Slots may share what they take, so that only taking them together tells how many fit.
      let count = live.room(forUnitsOf: part.compiled, under: root, limit: part.needed)
      tallies[index].available = Amount(thousandths: count * 1_000)
    }
    return tallies
  }

  mutating func visit(_ number: UInt32, at outer: Place) {
    guard visitsLeft > 0 else {
      isPartial = true
      return
    }
    visitsLeft -= 1
    let vertex = graph[number]
    var place = outer
    place.closure.formUnion(vertex.flags.intersection(.closed))
    if vertex.type == hostType { enterHost(number, &place) }
    for index in parts.indices where concerns(vertex, parts[index]) { count(number, vertex, index, place) }
    if vertex.flags.contains(.heldWhole) { place.isHeld = true }
    guard vertex.hasInterior else { return }
    for slot in 0..<graph.slotCount(of: vertex) {
      let child = graph.child(of: vertex, at: slot)
      if child != Vertex.none { visit(child, at: place) }
    }
  }

  private func concerns(_ vertex: Vertex, _ part: ExplainedPart) -> Bool {
    if part.part.kind.isSlot { return vertex.type == hostType && !part.compiled.holdsHosts }
    return vertex.type == part.compiled.type
  }

  private mutating func enterHost(_ number: UInt32, _ place: inout Place) {
    let vertex = graph[number]
    if let hosts, let rank = graph.rank(of: VertexID(number)), !hosts.contains(rank) {
      place.isForbidden = true
      place.operand = failing[rank]
    }
    for index in parts.indices where parts[index].isLeaf {
      guard let each = parts[index].perHost else { continue }
      let type = parts[index].compiled.type
      let now = place.isHeld || vertex.isBlocked ? 0 : graph.free(beneath: vertex, type)
      if now / 1_000 < each { place.fullHost |= 1 << UInt64(index) }
      if idleGraph.free(beneath: idleGraph[number], type) / 1_000 < each { place.smallHost |= 1 << UInt64(index) }
      if place.closure.isEmpty, !place.isForbidden {
        tallies[index].mostOnOneHost = max(
          tallies[index].mostOnOneHost, Amount(thousandths: now / 1_000 * 1_000))
      }
    }
  }

  // MARK: Causes

  private mutating func count(_ number: UInt32, _ vertex: Vertex, _ index: Int, _ place: Place) {
    let part = parts[index]
    tallies[index].vertices += 1
    if place.isForbidden {
      tallies[index].ruledOut.byConstraint += 1
      if let operand = place.operand { tallies[index].ruledOut.byOperand[operand] += 1 }
    } else if let ids = part.part.ids, !ids.contains(Int(vertex.id)) {
      tallies[index].ruledOut.byID += 1
    } else if !place.closure.isEmpty {
      tallies[index].ruledOut.count(place.closure)
    } else if part.isLeaf, !vertex.hasInterior {
      countPool(vertex, index, place)
    } else {
      countHolder(number, index, place)
    }
  }

  private mutating func countPool(_ vertex: Vertex, _ index: Int, _ place: Place) {
    let free = place.isHeld ? 0 : (vertex.size - vertex.taken) / 1_000
    let bit: UInt64 = 1 << UInt64(index)
    if vertex.size < 1_000 || place.smallHost & bit != 0 && parts[index].perHost != nil {
      tallies[index].ruledOut.tooSmall += 1
    } else if free == 0 || place.fullHost & bit != 0 && parts[index].perHost != nil {
      tallies[index].ruledOut.held += 1
    } else {
      let sum = tallies[index].available.thousandths.addingReportingOverflow(free * 1_000)
      tallies[index].available = Amount(thousandths: sum.overflow ? .max : sum.partialValue)
    }
  }

  /// A vertex with what it holds: it is tried out whether it serves.
  private mutating func countHolder(_ number: UInt32, _ index: Int, _ place: Place) {
    let part = parts[index].compiled
    if !place.isHeld, serves(number, part, \.live) {
      if part.kind == .vertex {
        tallies[index].available = Amount(thousandths: tallies[index].available.thousandths + 1_000)
      }
    } else if serves(number, part, \.idle) {
      tallies[index].ruledOut.held += 1
    } else if hasConstraint, part.holdsHosts, serves(number, part, \.anywhere) {
      tallies[index].ruledOut.byConstraint += 1
    } else if let closure = closureBeneath(number, part) {
      tallies[index].ruledOut.count(closure)
    } else {
      tallies[index].ruledOut.tooSmall += 1
    }
  }

  private mutating func serves(
    _ number: UInt32, _ part: CompiledPart, _ matcher: WritableKeyPath<PartTally, Matcher<LiveAvailability>>
  ) -> Bool {
    guard probesLeft > 0 else {
      isPartial = true
      let graph = self[keyPath: matcher].view.graph
      guard !graph[number].isBlocked else { return false }
      return part.least.allSatisfy { graph.contribution(of: number, $0.type) >= $0.amount }
    }
    probesLeft -= 1
    return self[keyPath: matcher].room(for: part, at: number) > 0
  }

  /// Why a vertex that is open itself would be too small: what it holds is closed, though in all it is enough.
  private func closureBeneath(_ number: UInt32, _ part: CompiledPart) -> Vertex.Flags? {
    guard let interior = graph.interior(of: graph[number]) else { return nil }
    let isEnough = part.least.allSatisfy { need in
      guard let index = interior.index(of: need.type) else { return graph[number].type == need.type }
      return interior.total[index] >= need.amount
    }
    guard isEnough else { return nil }
    var closure: Vertex.Flags = []
    graph.forEachVertex(beneath: number) { closure.formUnion($0.flags.intersection(.closed)) }
    return closure.isEmpty ? nil : closure
  }
}

extension Matcher {
  /// Whether one vertex could serve as one of a part, or hold one slot; takes nothing.
  mutating func room(for part: CompiledPart, at number: UInt32) -> Int64 {
    guard view.isOpen(number) else { return 0 }
    let count = part.kind == .vertex ? placeOne(part, number, limit: 1) : placeSlotsOnHost(part, number, limit: 1)
    undo(to: 0)
    return count
  }

  /// How many of a part fit beneath a vertex together; takes nothing.
  mutating func room(forUnitsOf part: CompiledPart, under vertex: UInt32, limit: Int64) -> Int64 {
    guard view.isOpen(vertex) else { return 0 }
    let count = placeUnits(part, under: vertex, limit: limit)
    undo(to: 0)
    return count
  }
}
