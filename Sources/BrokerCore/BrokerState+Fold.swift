public import Jobs
import Jobspec
import KeyValues
import Persistent
import ResourceGraph
import Scheduling
import Vocabulary

extension BrokerState {
  /// Takes one fact in: the only change of the state, live, on replay and on a standby.
  ///
  /// Total: it never decides and never fails. What it finds impossible is a broken invariant and stops the
  /// process before anything wrong is written.
  /// - Returns: the job that this record ended, which now belongs in the archive.
  @discardableResult
  public mutating func fold(_ record: Record) -> Job? {
    precondition(record.seq == nextSeq, "record \(record.seq) does not follow \(nextSeq - 1)")
    nextSeq += record.body.width
    switch record.body {
    case .brokerStarted: isShepherdKnown = false
    case .resourcesDefined, .resourcesDescribed, .graphChanged, .removalsAwaited, .allocated, .reserved, .deallocated,
      .queueDefined, .queueRemoved, .maintenanceDefined, .maintenanceRemoved, .preemptionSet, .programsDefined,
      .housekeepingBegun, .housekeepingEnded:
      foldResources(record)
    case .jobspecStored(let spec): jobspecs[spec.digest] = JobspecUse(spec: spec, count: 0)
    case .jobSubmitted(let submission): foldSubmission(submission, of: record)
    case .jobHappened(let id, let event): return foldEvent(event, of: id, record)
    case .jobsPurged(let ids):
      purgedCount += UInt64(ids.count)
      for id in ids { latelyEnded.forget(id) }
    // What was sent is sent: a broker that starts again does not repeat it.
    case .jobSignalled: break
    case .resultCollected(let id): waitables.collect(id)
    case .tokenIssued(let token):
      users[token.principal.name] = token.principal
      tokens[token.digest] = token
      tokenDigests[token.id] = token.digest
    case .tokenRevoked(let id, let digest):
      tokens[digest] = nil
      tokenDigests[id] = nil
    case .answerKept(let answer): keep(answer)
    case .answersForgotten(let limit): forgetAnswers(before: limit)
    case .operationBegun(let operation): operations[operation.id] = operation
    case .operationAdvanced(let id, let cursor, let changed):
      operations.modify(id) { operation in
        operation.cursor = cursor
        operation.changed = changed
      }
    case .operationEnded(let id): operations[id] = nil
    case .namespaceCreated(let creation):
      keyValues.create(creation, owner: record.owner, seq: record.seq, at: record.at)
    case .namespaceChanged(let id, let description, let quota):
      keyValues.redefine(id, description: description, quota: quota)
    case .namespaceRemoved(let id): keyValues.remove(id)
    case .keysChanged(let id, let changes): keyValues.change(id, changes, revision: record.seq, at: record.at)
    case .keysCompacted(let id, let revision): keyValues.compact(id, before: revision)
    case .fenceJoined(let arrival): keyValues.arrive(arrival, owner: record.owner, at: record.at)
    case .fenceEnded(let id, let outcome): keyValues.end(id, outcome, at: record.at)
    case .fencesForgotten(let limit): keyValues.forgetFences(before: limit)
    case .shepherdJoined(let incarnation, _):
      shepherd = incarnation
      isShepherdKnown = true
    case .topicDeclared(let topic): fold(declared: topic, record)
    case .topicRemoved(let topic): durableTopics[DurableTopic.Key(userID: record.owner.userID, topic: topic)] = nil
    // A message changes nothing: the log itself is where it is kept.
    case .messagePublished: break
    }
    return nil
  }

  /// What is there, what is held apart from jobs, and who may run.
  private mutating func foldResources(_ record: Record) {
    switch record.body {
    case .resourcesDefined(let inventory):
      precondition(inventory.isWithinLimit, "inventory over its limit in the log")
      define(inventory, origin: record.seq)
    case .resourcesDescribed(let document): define(document, origin: record.seq)
    case .graphChanged(let changes): fold(changes: changes)
    case .removalsAwaited(let vertices): for vertex in vertices { departures.insert(vertex) }
    case .allocated(let held):
      reservations[held.id] = nil
      allocations[held.id] = held
      graph?.take(held.allocation.grants)
    case .reserved(let reservation): reservations[reservation.id] = reservation
    case .deallocated(let id):
      if let held = allocations[id] { graph?.release(held.allocation.grants) }
      allocations[id] = nil
      reservations[id] = nil
    case .queueDefined(let rules): queues[rules.name] = rules
    case .queueRemoved(let name): queues[name] = nil
    case .maintenanceDefined(let window): maintenance[window.name] = window
    case .maintenanceRemoved(let name): maintenance[name] = nil
    case .preemptionSet(let policy): preemption = policy
    case .programsDefined(let wanted): programs = wanted
    case .housekeepingBegun(let held):
      housekeeping[held.attempt] = held
      graph?.take(held.allocation.grants)
    case .housekeepingEnded(let attempt, _):
      if let held = housekeeping[attempt] { graph?.release(held.allocation.grants) }
      housekeeping[attempt] = nil
    default: preconditionFailure("a record about something else")
    }
  }

  private mutating func foldSubmission(_ submission: Submission, of record: Record) {
    guard let spec = useJobspec(submission.spec) else { preconditionFailure("submission before its jobspec") }
    let job = Job(submission, spec: spec, at: record.at, seq: record.seq)
    lastJobID = max(lastJobID, submission.id)
    insert(job)
  }

  /// Counts another active job with that jobspec.
  mutating func useJobspec(_ digest: Digest) -> StoredJobspec? {
    jobspecs.modify(digest) { use in
      use.count += 1
      return use.spec
    }
  }

  /// Adds an active job, whose jobspec is counted, to everything that is derived from jobs, but for what it holds and
  /// executes.
  mutating func insert(_ job: Job) {
    jobs[job.id] = job
    jobsByOwner.insert(OwnedJob(userID: job.owner.userID, job: job.id))
    activeCounts.adjust(job.owner.userID, by: 1)
    if job.changed.queue != nil { movedCount += 1 }
    if let enclosing = job.within { enter(job, enclosing) }
    if job.phase == .waiting { enqueue(job) }
    indexDependencies(of: job, among: jobs)
    if job.flags.contains(.waitable) { waitables.add(job) }
  }

  mutating func define(_ inventory: ResourceInventory, origin: UInt64) {
    self.inventory = inventory
    description = nil
    // Versions rise for good: what a caller saw of the old graph is not what there is.
    begin(with: ResourceGraph(inventory, after: graph?.version ?? 0), origin: origin)
  }

  mutating func define(_ document: GraphDocument, origin: UInt64) {
    inventory = nil
    description = document
    guard let made = try? ResourceGraph(document, after: graph?.version ?? 0) else {
      preconditionFailure("a description in the log that makes no graph")
    }
    begin(with: made, origin: origin)
  }

  private mutating func begin(with graph: ResourceGraph, origin: UInt64) {
    graphOrigin = origin
    self.graph = graph
    emptyGraph = graph.opened
    departures = SortedSet()
  }

  mutating func keep(_ answer: KeptAnswer) {
    answers[answer.key.scope] = answer
    answersByAge.insert(AgedAnswer(at: answer.at, scope: answer.key.scope))
    answerCounts.adjust(answer.owner.userID, by: 1)
    if answer.holdsResult, let oldest = keptResults.add(answer).flatMap({ answers[$0] }) { forget(oldest) }
  }

  private mutating func forget(_ answer: KeptAnswer) {
    answers[answer.key.scope] = nil
    answersByAge.remove(AgedAnswer(at: answer.at, scope: answer.key.scope))
    answerCounts.adjust(answer.owner.userID, by: -1)
    if answer.holdsResult { keptResults.remove(answer) }
  }

  /// For checkers: whether the results that are kept are those among the answers.
  package var keptResultsAreConsistent: Bool { keptResults.isOf(answers.values) }

  private mutating func enqueue(_ job: Job) {
    // Priority 0 is held.
    guard job.priority > 0 else { return }
    let key = QueueKey(priority: job.priority, job: job.id)
    if let enclosing = job.within { enclosures.modify(enclosing) { $0.queue.insert(key) } } else { queue.insert(key) }
  }

  private mutating func dequeue(_ job: Job) {
    let key = QueueKey(priority: job.priority, job: job.id)
    if let enclosing = job.within { enclosures.modify(enclosing) { $0.queue.remove(key) } } else { queue.remove(key) }
  }

  mutating func take(_ grants: [Grant], for job: Job) {
    guard let enclosing = job.within else { return graph?.take(grants) ?? () }
    enclosures.modify(enclosing) { $0.confinement.take(grants) }
  }

  private mutating func giveBack(_ grants: [Grant], of job: Job) {
    guard let enclosing = job.within else { return graph?.release(grants) ?? () }
    enclosures.modify(enclosing) { $0.confinement.release(grants) }
  }

  /// An execution may know of the job from now on.
  mutating func beginExecuting(_ job: Job) {
    executing.insert(job.id)
    if job.within == nil { holding.insert(job.id) }
  }

  private mutating func endExecuting(_ job: Job) {
    executing.remove(job.id)
    holding.remove(job.id)
  }

  private mutating func foldEvent(_ event: JobEvent, of id: JobID, _ record: Record) -> Job? {
    guard let before = jobs[id] else { preconditionFailure("event of an unknown job") }
    if before.phase == .waiting { dequeue(before) }
    let happening = JobHappening(seq: record.seq, at: record.at, event: event)
    if case .clean = event {
      var ended = before
      ended.fold(happening)
      forget(ended)
      dependencies.end(ended)
      if ended.flags.contains(.waitable) { waitables.end(ended) }
      latelyEnded.add(ended, at: record.seq)
      keyValues.jobEnded(id, at: record.at)
      return ended
    }
    let phase = before.phase
    let held = phase.isExecuting ? before.allocation : nil
    let unmet = before.unmet
    jobs.modify(id) { $0.fold(happening) }
    guard let after = jobs[id] else { preconditionFailure("a folded job is gone") }
    switch event {
    case .alloc(let allocation): take(allocation.grants, for: after)
    case .release:
      if let held { giveBack(held.grants, of: after) }
      endEnclosure(id)
    case .resize(let allocation):
      if let held { giveBack(held.grants, of: after) }
      take(allocation.grants, for: after)
      rebuildEnclosure(id)
    default: break
    }
    if let enclosing = after.within { note(after, in: enclosing) }
    noteEnclosure(id)
    if case .start = event { dependencies.start(id) }
    if before.changed.queue == nil, after.changed.queue != nil { movedCount += 1 }
    if unmet != after.unmet { dependencies.change(unmet, into: after) }
    if after.phase == .waiting { enqueue(after) }
    if phase.isExecuting != after.phase.isExecuting {
      if after.phase.isExecuting { beginExecuting(after) } else { endExecuting(after) }
    }
    return nil
  }

  /// A job's life is over: only the archive knows it from here on.
  private mutating func forget(_ job: Job) {
    jobs[job.id] = nil
    if job.changed.queue != nil { movedCount -= 1 }
    if let enclosing = job.within { leave(job, enclosing) }
    jobsByOwner.remove(OwnedJob(userID: job.owner.userID, job: job.id))
    activeCounts.adjust(job.owner.userID, by: -1)
    if let use = jobspecs[job.spec.digest] {
      if use.count <= 1 { jobspecs[job.spec.digest] = nil } else { jobspecs.modify(job.spec.digest) { $0.count -= 1 } }
    }
    if let result = job.result { endedCounts[result.rawValue] = (endedCounts[result.rawValue] ?? 0) + 1 }
  }

  private mutating func forgetAnswers(before limit: Timestamp) {
    while let oldest = answersByAge.first, oldest.at < limit {
      answersByAge.remove(oldest)
      if let answer = answers[oldest.scope], answer.at == oldest.at { forget(answer) }
    }
  }
}
