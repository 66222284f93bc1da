import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Scheduling
import Vocabulary

/// Jobs that run on what another job of the same owner holds: how they are admitted, and how they end with it.
extension BrokerState {
  /// Of what steps of a job may be given, now or ever.
  ///
  /// - Throws: when the job is none that `owner` could run a step in.
  func confinement(in id: JobID, for owner: Principal) throws(Refusal) -> Confinement {
    guard let job = jobs[id], job.owner == owner, let graph, let allocation = job.allocation else {
      throw .notEnclosing("\(id.f58) is no running job of yours")
    }
    guard job.phase == .running || job.phase == .allocated && job.stage == .tasks else {
      throw .notEnclosing("\(id.f58) is not running: steps run on what a running job holds")
    }
    guard depth(of: job) < BrokerLimits.stepDepth else {
      throw .notEnclosing("steps within steps are at most \(BrokerLimits.stepDepth) deep")
    }
    return enclosures[id]?.confinement ?? Confinement(allocation.grants, of: graph)
  }

  /// Jobs around it.
  private func depth(of job: Job) -> Int {
    var depth = 0
    var around = job.within
    while let id = around {
      depth += 1
      around = jobs[id]?.within
    }
    return depth
  }

  /// Why a job cannot be a step there.
  func refusal(of jobspec: Jobspec, in confinement: Confinement) -> Refusal? {
    if jobspec.queue != nil { return .notEnclosing("a step is in no queue: it runs on what its job holds") }
    return confinement.emptyGraph.shortage(for: jobspec, in: "the job around it").map { .unsatisfiable($0) }
  }

  // MARK: Planning

  /// Whether a job waits for resources, a step among others.
  public var isAnybodyWaiting: Bool { !queue.isEmpty || enclosures.contains { !$0.value.queue.isEmpty } }

  /// The steps of all jobs that could start now: each job is a problem of its own.
  func planSteps(at now: Timestamp, limit: Int) -> Plan {
    var plan = Plan(placements: [], origin: planOrigin)
    let waiting = enclosures.compactMap { id, enclosure in
      enclosure.queue.isEmpty || jobs[id]?.phase.isOnTheWayOut ?? true ? nil : enclosure
    }
    // Not always the same ones first: a state that has moved begins elsewhere.
    let first = waiting.isEmpty ? 0 : Int(nextSeq % UInt64(waiting.count))
    for enclosure in (waiting[first...] + waiting[..<first]).prefix(BrokerLimits.enclosuresPerPlan) {
      let room = limit - plan.placements.count
      guard room > 0 else { break }
      let made = Scheduler.plan(
        problem(of: enclosure, at: now), placementLimit: room,
        outlookLimit: SchedulingLimits.outlooksPerCycle - plan.outlooks.count)
      plan = plan + made.translated { enclosure.confinement.outward($0) }
    }
    return plan
  }

  private func problem(of enclosure: Enclosure, at now: Timestamp) -> SchedulingProblem {
    let held = enclosure.executing.compactMap { jobs[$0]?.allocation }
    let inside = held.compactMap { allocation in
      enclosure.confinement.inward(allocation.grants).map { Allocation(grants: $0, expiration: allocation.expiration) }
    }
    return SchedulingProblem(
      now: now, queue: enclosure.queue, jobs: jobs, holding: SortedSet(), others: inside,
      graph: enclosure.confinement.graph, emptyGraph: enclosure.confinement.emptyGraph, origin: planOrigin,
      defaultRules: Enclosure.rules)
  }

  // MARK: Ends

  /// Ends the steps of jobs that end, and lets go on those whose last step is gone.
  func settleSteps(at now: Timestamp, _ builder: inout RecordBuilder) {
    // Room for the records of one more job.
    let mostRecords = BrokerLimits.recordsPerCommand - 8
    for id in unsettledEnclosures {
      guard let job = jobs[id], let enclosure = enclosures[id] else { continue }
      if job.phase.isOnTheWayOut {
        let note = "its job \(id.f58) has ended or is being ended"
        enclosure.unended.forEach { id in
          guard let step = jobs[id], builder.records.count < mostRecords else { return false }
          builder.add(.exception(JobException(type: "cancel", severity: 0, note: note, userID: nil)), to: step)
          if step.phase.isPending { builder.add(.clean, to: step) }
          return true
        }
      }
      guard enclosure.steps.isEmpty, job.awaitsSteps else { continue }
      guard builder.records.count < mostRecords else { return }
      builder.add(.stepsFinish, to: job)
      wrapUp(job, job.continuation, at: now, &builder)
    }
  }

  // MARK: Folding

  /// - Precondition: the job that encloses it holds resources.
  mutating func enter(_ step: Job, _ id: JobID) {
    if enclosures[id] == nil {
      guard let graph, let allocation = jobs[id]?.allocation else {
        preconditionFailure("a step of a job without resources")
      }
      enclosures[id] = Enclosure(confinement: Confinement(allocation.grants, of: graph))
    }
    enclosures.modify(id) { enclosure in
      enclosure.steps.insert(step.id)
      enclosure.admit(step.spec.digest)
    }
    note(step, in: id)
  }

  /// Something has happened to a step.
  mutating func note(_ step: Job, in id: JobID) {
    let isUnended = step.fatalException == nil && step.phase != .finished
    let isExecuting = step.phase.isExecuting
    enclosures.modify(id) { enclosure in
      if isUnended { enclosure.unended.insert(step.id) } else { enclosure.unended.remove(step.id) }
      if isExecuting { enclosure.executing.insert(step.id) } else { enclosure.executing.remove(step.id) }
    }
    noteEnclosure(id)
  }

  mutating func leave(_ step: Job, _ id: JobID) {
    enclosures.modify(id) { enclosure in
      enclosure.steps.remove(step.id)
      enclosure.unended.remove(step.id)
      enclosure.executing.remove(step.id)
    }
    noteEnclosure(id)
  }

  /// What a job holds, or what that is like, has changed while it has steps: as if the first of them came now.
  mutating func rebuildEnclosure(_ id: JobID) {
    guard let graph, enclosures[id] != nil else { return }
    guard let rebuilt = confinement(in: id, of: graph) else { preconditionFailure("a step holds what its job has not") }
    enclosures.modify(id) { $0.replace(rebuilt) }
  }

  mutating func rebuildEnclosures(changedBy changes: [GraphChange]) {
    for id in enclosures(changedBy: changes) { rebuildEnclosure(id) }
  }

  func enclosures(changedBy changes: [GraphChange]) -> [JobID] {
    let altered = enclosures.isEmpty ? [] : Set(changes.flatMap(\.altered))
    guard !altered.isEmpty else { return [] }
    return enclosures.compactMap { id, enclosure in
      altered.contains { enclosure.confinement.contains($0) } ? id : nil
    }
  }

  /// - Parameters:
  ///   - grants: what the job holds; `nil`: as it is.
  ///   - graph: as it is, or might be.
  /// - Returns: `nil`: steps hold something that would not be there for them.
  func confinement(in id: JobID, on grants: [Grant]? = nil, of graph: ResourceGraph) -> Confinement? {
    guard let enclosure = enclosures[id], let grants = grants ?? jobs[id]?.allocation?.grants else { return nil }
    var confinement = Confinement(grants, of: graph)
    for step in enclosure.executing.compactMap({ jobs[$0] }) {
      guard let held = step.allocation?.grants, confinement.accepts(held) else { return nil }
      confinement.take(held)
    }
    return confinement
  }

  /// A job has given back what its steps would run on.
  mutating func endEnclosure(_ id: JobID) {
    guard let enclosure = enclosures[id] else { return }
    precondition(enclosure.steps.isEmpty, "a job gives back what its steps run on")
    enclosures[id] = nil
    unsettledEnclosures.remove(id)
  }

  /// For checkers: whether what is to be done about jobs with steps is as the jobs say.
  package var enclosuresAreConsistent: Bool {
    var fresh = self
    fresh.unsettledEnclosures = SortedSet()
    for id in enclosures.keys { fresh.noteEnclosure(id) }
    return Array(fresh.unsettledEnclosures) == Array(unsettledEnclosures)
  }

  /// Keeps track of whether something is to be done about a job with steps.
  mutating func noteEnclosure(_ id: JobID) {
    guard let enclosure = enclosures[id], let job = jobs[id] else { return }
    if job.phase.isOnTheWayOut && !enclosure.unended.isEmpty || job.awaitsSteps && enclosure.steps.isEmpty {
      unsettledEnclosures.insert(id)
    } else {
      unsettledEnclosures.remove(id)
    }
  }
}

extension Plan {
  /// The same with grants of another graph.
  fileprivate func translated(_ translate: ([Grant]) -> [Grant]) -> Plan {
    let placements = placements.map { placement in
      Placement(
        job: placement.job, attempt: placement.attempt, grants: translate(placement.grants),
        selection: placement.selection, queue: placement.queue)
    }
    return Plan(placements: placements, origin: origin, outlooks: outlooks)
  }
}
