import Jobspec
public import Jobs
import KeyValues
import Persistent
import ResourceGraph
import Scheduling
public import Vocabulary

extension BrokerState {
  /// Checks a command and chooses what follows from it; changes nothing.
  ///
  /// Everything that can be refused is refused here, before the log, so that no input can poison a replay.
  public func decide(
    _ command: Command, by attribution: Attribution, at now: Timestamp
  ) throws(Refusal) -> Decision {
    var builder = RecordBuilder(self, by: attribution, at: now)
    switch command {
    case .submit(let submit): return try decideSubmission(submit, by: attribution, at: now, &builder)
    case .act(let action, let id): try decide(action, on: id, by: attribution, &builder)
    case .actMatching(let action, let filter):
      return try decideOperation(.act(action, filter, last: lastJobID), by: attribution, at: now, &builder)
    case .update(let id, let update): try decide(update, of: id, by: attribution, &builder)
    case .collectResult(let id, let key): return try decideCollection(of: id, key, by: attribution, at: now, &builder)
    case .purge(let ids): try decidePurge(of: ids, by: attribution, &builder)
    case .issueToken(let request): return try decideIssue(of: request, by: attribution, at: now, &builder)
    case .revokeToken(let id):
      guard let digest = tokenDigests[id], let token = tokens[digest], attribution.mayAccess(token.principal) else {
        throw .unknownToken
      }
      builder.add(.tokenRevoked(id: id, digest: digest), owner: token.principal)
    case .declareTopic(let topic): try decideDeclaration(of: topic, by: attribution, &builder)
    case .undeclareTopic(let topic): try decideRemoval(of: topic, by: attribution, &builder)
    case .publish(let message): return try decidePublication(message, by: attribution, &builder)
    case .mutate, .allocate, .reserve, .deallocate, .resize, .defineQueue, .removeQueue, .defineMaintenance,
      .removeMaintenance,
      .setPreemption:
      return try decideResources(command, by: attribution, at: now, &builder)
    case .brokerStarted(let incarnation, let version):
      builder.add(.brokerStarted(incarnation: incarnation, version: version), owner: attribution.principal)
    case .defineResources(let inventory): try decideInventory(inventory, by: attribution, &builder)
    case .describeResources(let document): try decideDescription(document, by: attribution, &builder)
    case .definePrograms(let wanted):
      if wanted != programs { builder.add(.programsDefined(wanted), owner: attribution.principal) }
    case .report(let report): decideReport(report, at: now, &builder)
    case .plan(let plan): decidePlan(plan, at: now, &builder)
    case .createNamespace(let creation): try decideCreation(of: creation, by: attribution, &builder)
    case .changeNamespace(let id, let description, let quota):
      try decideChange(of: id, description, quota, by: attribution, &builder)
    case .removeNamespace(let id): try decideRemoval(of: id, by: attribution, &builder)
    case .transact(let id, let transaction):
      return try decideTransaction(transaction, in: id, by: attribution, &builder)
    case .joinFence(let arrival): return try decideArrival(arrival, by: attribution, &builder)
    case .settle:
      settleDependencies(at: now, &builder)
      settleSteps(at: now, &builder)
    case .advanceOperations: advanceOperations(at: now, &builder)
    case .tick:
      tendKeyValues(at: now, &builder)
      tendAllocations(at: now, &builder)
      tendDepartures(&builder)
      tendMaintenance(at: now, &builder)
      let limit = now.advanced(by: TimeSpan(microseconds: -BrokerLimits.keptAnswerLifetime.microseconds))
      if let oldest = answersByAge.first, oldest.at < limit {
        builder.add(.answersForgotten(before: limit), owner: attribution.principal)
      }
    }
    return builder.decision()
  }

  /// What is there, who has it, and who may run: from operators, and from owners of jobs.
  private func decideResources(
    _ command: Command, by attribution: Attribution, at now: Timestamp, _ builder: inout RecordBuilder
  ) throws(Refusal) -> Decision {
    switch command {
    case .mutate(let mutation): return try decideMutation(mutation, by: attribution, at: now, &builder)
    case .allocate(let request): return try decideAllocation(request, by: attribution, at: now, &builder)
    case .reserve(let request): return try decideReservation(request, by: attribution, at: now, &builder)
    case .deallocate(let id): try decideRelease(of: id, by: attribution, &builder)
    case .resize(let id, let resize): return try decideResize(id, resize, by: attribution, at: now, &builder)
    case .defineQueue(let rules, let old): try decideQueue(rules, replacing: old, by: attribution, &builder)
    case .removeQueue(let name): try decideQueueRemoval(name, by: attribution, &builder)
    case .defineMaintenance(let window): try decideMaintenance(window, by: attribution, &builder)
    case .removeMaintenance(let name): try decideMaintenanceRemoval(name, by: attribution, &builder)
    case .setPreemption(let policy): try decidePreemption(policy, by: attribution, &builder)
    default: preconditionFailure("a command about something else")
    }
    return builder.decision()
  }

  /// A job that the caller may act on; absent and foreign ones look the same.
  func accessibleJob(_ id: JobID, to attribution: Attribution) throws(Refusal) -> Job {
    guard let job = jobs[id], attribution.mayAccess(job.owner) else { throw .unknownJob(id) }
    return job
  }

  /// Each placement is checked on what is free now, after those before it.
  private func decidePlan(_ plan: Plan, at now: Timestamp, _ builder: inout RecordBuilder) {
    // The vertices of a plan are those of the graph on which it was made; what is promised now it left alone.
    guard let graph, plan.origin == planOrigin else { return }
    var free = FreeResources(self, graph)
    var placed: Set<JobID> = []
    for placement in plan.placements.prefix(BrokerLimits.placementsPerPlan) {
      guard let job = jobs[placement.job], job.phase == .waiting, job.attempt == placement.attempt,
        job.queue == placement.queue,
        job.priority > 0, isShepherdKnown || job.isMock, !placed.contains(job.id),
        free.take(placement.grants, for: job)
      else { continue }
      placed.insert(job.id)
      let expiration = timeLimit(of: job).map { now.advanced(by: $0) }
      builder.add(.alloc(Allocation(grants: placement.grants, expiration: expiration)), to: job)
      if let prolog = programs.prolog, job.hasSitePrograms { builder.add(.prologStart(prolog), to: job) }
    }
    guard preemption == .on else { return }
    for id in plan.preemptions.prefix(BrokerLimits.evictionsPerCommand) {
      guard let job = jobs[id], job.jobspec.system.preemptibleAfter != nil else { continue }
      evict(
        job, type: "preempt", note: "a job of higher priority needs its resources", by: nil, cause: 0, &builder)
    }
  }
}

extension Job {
  /// Nothing is spawned for it.
  public var isMock: Bool { jobspec.mockRunDuration != nil }

  /// Whether the instance's programs run around it: around a step they ran when its job began.
  var hasSitePrograms: Bool { !isMock && within == nil }

  public var attemptID: AttemptID { AttemptID(job: id, attempt: attempt, stage: stage) }
}
