import BrokerCore
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Scheduling
import Vocabulary

/// An operator who changes the graph while jobs run.
extension Simulation {
  /// Nodes ever, so that the ledger's comparisons stay quick.
  private static let nodeLimit = 24

  func operate() {
    guard let graph = durable.graph else { return }
    if random.chance(200) {
      return send(.resize(runningJob(), .release(ranks: Idset([anyRank()]), vertices: [])), by: Samples.owner)
    }
    if random.chance(300) { return send(hold(graph), by: Samples.owner) }
    if random.chance(100), let purge = clients.purge(of: random.within(1...3), in: journal) {
      return send(purge, by: Samples.owner)
    }
    let operations = (0..<random.within(1...3)).map { _ in operation() }
    let expected = random.chance(200) ? graph.version : nil
    send(.mutate(GraphMutation(expectedVersion: expected, operations: operations)), by: Samples.owner)
  }

  private func anyRank() -> Int { random.below(max(1, witness.ledger.layout?.nodeCount ?? 1)) }

  private func anyNode() -> VertexReference {
    .number(witness.ledger.layout?.node(anyRank()) ?? VertexID(1))
  }

  private func runningJob() -> JobID { durable.executing.first ?? JobID(1) }

  /// Takes, promises or gives back a little apart from jobs.
  private func hold(_ graph: ResourceGraph) -> Command {
    let held = durable.allocations.map(\.key) + durable.reservations.map(\.key)
    if !held.isEmpty, held.count > 2 || random.chance(300) { return .deallocate(random.pick(held)) }
    let spec = Samples.jobspec(["true"], cores: random.within(1...3))
    let question = Scheduler.Question(
      parts: spec.jobspec.request, constraint: nil, duration: .seconds(Int64(random.within(1...30))))
    guard random.chance(600), let problem = durable.schedulingProblem(at: clock.wall),
      let opening = Scheduler.opening(for: question, in: problem)
    else { return .allocate(AllocationRequest(question, note: "")) }
    let promise = Promise(grants: opening.grants, start: opening.start, duration: question.duration)
    return .reserve(
      ReservationRequest(
        promise: promise, note: "", origin: problem.origin, graphVersion: graph.version, seq: durable.nextSeq - 1))
  }

  private func operation() -> GraphMutation.Operation {
    switch random.below(9) {
    case 0: return .remove(anyNode(), .reject)
    case 1: return .remove(anyNode(), .drain)
    case 2: return .remove(anyNode(), .evict)
    case 3: return .setStatus(anyNode(), random.chance(500) ? .down : .up)
    case 4: return .drain(anyNode(), reason: random.chance(500) ? "broken" : nil)
    case 5: return .exclude(anyNode(), random.chance(300))
    case 6: return .setProperties(anyNode(), [PropertyChange(key: "big", value: random.chance(500) ? "" : nil)])
    default:
      guard witness.ledger.layout?.nodeCount ?? 0 < Self.nodeLimit else { return .drain(anyNode(), reason: nil) }
      return addition(of: random.within(1...2))
    }
  }

  private func addition(of count: Int) -> GraphMutation.Operation {
    let node = clients.inventory.nodes[0]
    var parts = [Fragment(type: "core", count: node.cores.count)]
    if node.gpuCount > 0 { parts.append(Fragment(type: "gpu", count: node.gpuCount)) }
    // As an inventory has it: even of nothing there is one unit in the layout, so that numbers agree.
    parts.append(
      Fragment(type: "memory", size: Amount(units: max(1, node.memoryBytes >> 20)) ?? .one, unit: "MiB"))
    let fragment = Fragment(type: ResourceGraph.hostType, count: count, children: parts)
    return .add(GraphDocument(fragments: [fragment]), under: .number(VertexID(0)))
  }

  /// So that everything that clients made can run: what is closed opens, and what went is replaced.
  func healGraph() {
    guard let broker, broker.isReady, let layout = witness.ledger.layout else { return }
    let held = durable.allocations.map(\.key) + durable.reservations.map(\.key)
    for id in held { send(.deallocate(id), by: Samples.owner) }
    for rank in witness.ledger.closed.keys.sorted() {
      let node = VertexReference.number(layout.node(rank))
      let mutation = GraphMutation(
        expectedVersion: nil, operations: [.drain(node, reason: nil), .setStatus(node, .up), .exclude(node, false)])
      send(.mutate(mutation), by: Samples.owner)
    }
    let missing = clients.inventory.nodes.count - (layout.nodeCount - witness.ledger.gone.count)
    guard missing > 0 else { return }
    send(.mutate(GraphMutation(expectedVersion: nil, operations: [addition(of: missing)])), by: Samples.owner)
  }
}
