import Jobs
import Persistent
import ResourceGraph
import Scheduling
import Vocabulary

/// Resources promised for a time to come, apart from jobs.
extension BrokerState {
  /// What vertices of a plan, and what it knew of promises, must be those of: the graph, and the newest reservation.
  public var planOrigin: UInt64 { max(graphOrigin, reservations.last?.key ?? 0) }

  func decideReservation(
    _ request: ReservationRequest, by attribution: Attribution, at now: Timestamp, _ builder: inout RecordBuilder
  ) throws(Refusal) -> Decision {
    guard attribution.role == .owner else { throw .forbidden("only the instance owner may reserve without a job") }
    guard reservations.count < BrokerLimits.reservations else {
      throw .tooManyReservations(limit: BrokerLimits.reservations)
    }
    guard let graph, graph.version == request.graphVersion, planOrigin == request.origin,
      !isTaken(request.promise.grants, since: request.seq, in: graph)
    else { throw .conflict("the resources have changed meanwhile") }
    let reservation = Reservation(
      id: builder.seq, owner: attribution.principal, at: now, note: request.note, promise: request.promise)
    builder.add(.reserved(reservation), owner: attribution.principal)
    return builder.decision(.reserved(reservation))
  }

  /// Whether something of it was given to others since the log ended at `seq`.
  private func isTaken(_ grants: [Grant], since seq: UInt64, in graph: ResourceGraph) -> Bool {
    let vicinity = Vicinity(of: grants.map(\.vertex), in: graph)
    let isTakenByJob = holding.contains { id in
      guard let job = jobs[id], job.heldSeq > seq, let allocation = job.allocation else { return false }
      return allocation.grants.contains(where: vicinity.contains)
    }
    return isTakenByJob
      || allocations.contains { $0.key > seq && $0.value.allocation.grants.contains(where: vicinity.contains) }
  }

  /// Reservations whose time has come and whose resources are free.
  func dueReservations(at now: Timestamp) -> some Sequence<Reservation> {
    reservations.values.lazy.filter { reservation in
      reservation.promise.start <= now && graph?.accepts(reservation.promise.grants) ?? false
    }
  }

  /// - Throws: what would take vertices away from a reservation, or make others of them.
  func checkReservations(against draft: MutationDraft) throws(Refusal) {
    guard let graph, !reservations.isEmpty else { return }
    let going = Vicinity(of: draft.removed + draft.departing, in: graph)
    let changing = draft.reshaped
    let found = reservations.first { reservation in
      reservation.value.promise.grants.contains { going.contains($0) || changing.contains($0.vertex) }
    }
    if let found { throw .conflict("allocation \(found.key) is reserved there; release it first") }
  }
}
