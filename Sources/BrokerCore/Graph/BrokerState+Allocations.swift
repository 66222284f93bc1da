import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Scheduling
import Vocabulary

/// Holding resources apart from jobs, and changing what a running job holds.
extension BrokerState {
  func decideAllocation(
    _ request: AllocationRequest, by attribution: Attribution, at now: Timestamp, _ builder: inout RecordBuilder
  ) throws(Refusal) -> Decision {
    guard attribution.role == .owner else { throw .forbidden("only the instance owner may allocate without a job") }
    guard allocations.count < BrokerLimits.allocations else {
      throw .tooManyAllocations(limit: BrokerLimits.allocations)
    }
    let grants = try match(request.question, at: now)
    let held = HeldAllocation(
      id: builder.seq, owner: attribution.principal, at: now, note: request.note,
      allocation: Allocation(grants: grants, expiration: request.question.duration.map { now.advanced(by: $0) }))
    builder.add(.allocated(held), owner: attribution.principal)
    return builder.decision(.allocated(held))
  }

  func decideRelease(
    of id: UInt64, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    guard let owner = allocations[id]?.owner ?? reservations[id]?.owner, attribution.mayAccess(owner) else {
      if let held = housekeeping(numbered: id), attribution.mayAccess(held.owner) {
        throw .conflict("a program of the instance still looks after it; that ends by itself")
      }
      throw .unknownAllocation
    }
    builder.add(.deallocated(id), owner: owner)
  }

  public func housekeeping(numbered id: UInt64) -> Housekeeping? { housekeeping.values.first { $0.id == id } }

  /// Time frees nothing by itself: what has expired is released here, and logged; what was reserved is taken.
  func tendAllocations(at now: Timestamp, _ builder: inout RecordBuilder) {
    let expired = allocations.lazy.filter { $0.value.allocation.expiration.map { $0 <= now } ?? false }
    for (id, held) in expired.prefix(BrokerLimits.expirationsPerTick) {
      builder.add(.deallocated(id), owner: held.owner)
    }
    guard var free = graph else { return }
    for reservation in dueReservations(at: now) where free.accepts(reservation.promise.grants) {
      free.take(reservation.promise.grants)
      builder.add(.allocated(reservation.begun(at: now)), owner: reservation.owner)
    }
  }

  /// - Throws: `unsatisfiable` for what could never be; `conflict` for what is not free now.
  private func match(_ question: Scheduler.Question, at now: Timestamp) throws(Refusal) -> [Grant] {
    guard let problem = schedulingProblem(at: now), var emptyGraph else { throw .noResources }
    if let grants = Scheduler.match(question, in: problem) { return grants }
    let hosts = question.constraint.map { emptyGraph.hosts(allowedBy: $0) }
    guard emptyGraph.match(emptyGraph.compile(question.parts), hosts: hosts) != nil else {
      throw .unsatisfiable("nothing in this instance could ever meet the request")
    }
    throw .conflict("what is asked for is not free now")
  }

  // MARK: Of a running job

  func decideResize(
    _ id: JobID, _ resize: JobResize, by attribution: Attribution, at now: Timestamp, _ builder: inout RecordBuilder
  ) throws(Refusal) -> Decision {
    let job = try accessibleJob(id, to: attribution)
    guard job.within == nil else { throw .conflict("a step has what its job holds, and cannot grow or shrink") }
    // Before that its tasks would be started on what it has given back.
    guard job.phase == .running, let held = job.allocation, let graph else {
      throw .conflict("only a job whose tasks have started can have its resources changed")
    }
    let grants: [Grant]
    switch resize {
    case .release(let ranks, let vertices):
      grants = try held.grants.filter { grant in
        let rank = graph.hostRank(of: grant.vertex)
        return !(rank.map { ranks.contains($0) } ?? false) && !vertices.contains(grant.vertex)
      }.nonEmpty(orElse: "a job keeps at least one resource; cancel it to release all")
      guard grants.count < held.grants.count else { throw .conflict("the job holds nothing of what is to be released") }
    case .grant(let parts, let constraint):
      guard attribution.role == .owner else { throw .forbidden("only the instance owner may grant a job more") }
      let question = Scheduler.Question(
        parts: parts, constraint: constraint, duration: held.expiration.map { $0 > now ? $0.since(now) : .zero })
      grants = held.grants.merged(with: try match(question, at: now))
    }
    if enclosures[id] != nil, confinement(in: id, on: grants, of: graph) == nil {
      throw .conflict("steps of the job run on what is to be released")
    }
    let allocation = Allocation(version: held.version + 1, grants: grants, expiration: held.expiration)
    builder.add(.resize(allocation), to: job)
    return builder.decision(.resized(allocation))
  }
}

extension [Grant] {
  fileprivate func nonEmpty(orElse reason: String) throws(Refusal) -> [Grant] {
    guard !isEmpty else { throw .conflict(reason) }
    return self
  }

  /// One grant a vertex.
  fileprivate func merged(with others: [Grant]) -> [Grant] {
    var amounts: [VertexID: Int64] = [:]
    for grant in self + others { amounts[grant.vertex, default: 0] += grant.amount.thousandths }
    return amounts.map { Grant(vertex: $0.key, amount: Amount(thousandths: $0.value)) }.sorted { $0.vertex < $1.vertex }
  }
}
