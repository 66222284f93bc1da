import Jobs
import Persistent
import ResourceGraph
import Scheduling
public import Vocabulary

/// Changing the graph while jobs run: all facts of a request are one record, so that it holds as a whole or not at all.
extension BrokerState {
  func decideMutation(
    _ mutation: GraphMutation, by attribution: Attribution, at now: Timestamp, _ builder: inout RecordBuilder
  ) throws(Refusal) -> Decision {
    guard attribution.role == .owner else { throw .forbidden("only the instance owner may change the resources") }
    guard let graph else { throw .noResources }
    if let expected = mutation.expectedVersion, expected != graph.version {
      throw .graphHasChanged(version: graph.version)
    }
    var draft = MutationDraft(graph, at: now)
    for (index, operation) in mutation.operations.enumerated() {
      do throws(MutationFault) {
        try draft.add(operation)
      } catch {
        throw .mutation(index: index, error)
      }
    }
    try checkReservations(against: draft)
    for id in enclosures(changedBy: draft.changes) where confinement(in: id, of: draft.graph) == nil {
      throw .conflict("steps of job \(id.f58) hold something there")
    }
    let owner = attribution.principal
    let cause = builder.seq
    if !draft.changes.isEmpty { builder.add(.graphChanged(draft.changes), owner: owner) }
    if !draft.departing.isEmpty { builder.add(.removalsAwaited(draft.departing), owner: owner, cause: cause) }
    let evicted = try evict(from: draft.evicting, by: owner, cause: cause, &builder)
    return builder.decision(
      .graphMutated(
        GraphAnswer(
          version: draft.graph.version, added: draft.added, departing: draft.departing, evicted: evicted)))
  }

  func decideInventory(
    _ inventory: ResourceInventory, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    // What is held is held on the old vertices: another inventory waits for an idle instance.
    guard inventory != self.inventory, isIdle else { return }
    guard inventory.isWithinLimit else {
      throw .unsatisfiable("the inventory has more than \(ResourceGraph.maximumVertices) vertices")
    }
    builder.add(.resourcesDefined(inventory), owner: attribution.principal)
  }

  /// Whether nothing of the graph is held or promised.
  private var isIdle: Bool { executing.isEmpty && allocations.isEmpty && reservations.isEmpty && housekeeping.isEmpty }

  /// Another graph than the one there is waits for an idle instance: what is held is held of the old one.
  func decideDescription(
    _ document: GraphDocument, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    guard document != description, isIdle else { return }
    do throws(MutationFault) {
      _ = try ResourceGraph(document)
    } catch {
      throw .mutation(index: 0, error)
    }
    builder.add(.resourcesDescribed(document), owner: attribution.principal)
  }

  /// Tells every job that has something of some vertices to leave.
  private func evict(
    from vertices: [VertexID], by principal: Principal, cause: UInt64, _ builder: inout RecordBuilder
  ) throws(Refusal) -> [JobID] {
    guard let graph, !vertices.isEmpty else { return [] }
    let leaving = Vicinity(of: vertices, in: graph)
    if let held = allocations.first(where: { $0.value.allocation.grants.contains(where: leaving.contains) }) {
      throw .conflict("allocation \(held.key) holds something there; release it first")
    }
    let holders = holding.compactMap { jobs[$0] }.filter { job in
      job.allocation.map { $0.grants.contains(where: leaving.contains) } ?? false
    }
    guard holders.count <= BrokerLimits.evictionsPerCommand else {
      throw .conflict(
        "\(holders.count) jobs are there, more than the \(BrokerLimits.evictionsPerCommand) that can be told at once")
    }
    let names = vertices.prefix(4).map { graph.path(of: $0) }.joined(separator: ", ")
    for job in holders {
      evict(job, type: "evict", note: "\(names): to be removed", by: principal, cause: cause, &builder)
    }
    return holders.map(\.id)
  }

  /// Ends a job's attempt without ending the job: it waits again as soon as its processes are gone.
  func evict(
    _ job: Job, type: String, note: String, by principal: Principal?, cause: UInt64, _ builder: inout RecordBuilder
  ) {
    guard job.phase == .allocated || job.phase == .running else { return }
    let exception = JobException(type: type, severity: 1, note: note, userID: principal?.userID)
    builder.add(.evict(exception), to: job, cause: cause)
  }

  /// Whether something is due that only a tick carries out: a removal whose last holder has left, an allocation that
  /// has expired, a reservation whose time has come, maintenance that is over.
  public func isTickDue(at now: Timestamp) -> Bool {
    if let graph, departures.contains(where: { !graph.isInUse($0) }) { return true }
    return allocations.contains { $0.value.allocation.expiration.map { $0 <= now } ?? false }
      || maintenance.contains { $0.value.until.map { $0 <= now } ?? false }
      || dueReservations(at: now).contains { _ in true }
  }

  /// Removes what waited for its last holder to leave.
  func tendDepartures(_ builder: inout RecordBuilder) {
    guard let graph, !departures.isEmpty else { return }
    var draft = graph
    var changes: [GraphChange] = []
    for vertex in departures where draft.contains(vertex) && !draft.isInUse(vertex) {
      guard changes.count < BrokerLimits.departuresPerTick else { break }
      draft.apply(.remove(vertex))
      changes.append(.remove(vertex))
    }
    if !changes.isEmpty { builder.add(.graphChanged(changes), owner: Attribution.broker.principal) }
  }

  mutating func fold(changes: [GraphChange]) {
    var isAnyRemoved = false
    defer { rebuildEnclosures(changedBy: changes) }
    for change in changes {
      graph?.apply(change)
      if let lasting = change.lasting { emptyGraph?.apply(lasting) }
      switch change {
      case .remove: isAnyRemoved = true
      // What takes work again is not on its way out.
      case .drain(let vertex, nil): departures.remove(vertex)
      default: break
      }
    }
    guard isAnyRemoved, let graph else { return }
    for vertex in departures where !graph.contains(vertex) { departures.remove(vertex) }
  }
}
