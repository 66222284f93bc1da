public import Jobs
public import Jobspec
import Persistent
public import Vocabulary

extension BrokerState {
  /// Whether something came about that jobs wait for, a time among others, or that ends steps: `settle` is due.
  public func owesSettling(at now: Timestamp) -> Bool {
    !dependencies.isSettled || dependencies.hasAppointment(before: now) || !unsettledEnclosures.isEmpty
  }

  /// For checkers: whether who waits for what is as the jobs say.
  package var dependenciesAreConsistent: Bool {
    var fresh = BrokerState(epoch: epoch)
    for (target, fate) in dependencies.ended { fresh.dependencies.restore(target, fate) }
    for job in jobs.values { fresh.indexDependencies(of: job, among: jobs) }
    return fresh.dependencies == dependencies
  }

  mutating func indexDependencies(of job: Job, among jobs: SortedMap<JobID, Job>) {
    dependencies.add(job)
    for dependency in job.unmet {
      if case .after(.start, let target) = dependency, jobs[target]?.hasStarted ?? false { dependencies.start(target) }
    }
  }

  /// What of its dependencies a new job has to wait for.
  ///
  /// A target exists before who waits for it is given an id, so that nothing can wait for itself in a circle.
  func awaited(
    by item: SubmitCommand.Item, for attribution: Attribution, at now: Timestamp
  ) throws(Refusal) -> [Dependency] {
    var awaits: [Dependency] = []
    for (index, dependency) in item.spec.jobspec.dependencies.enumerated() {
      switch dependency {
      case .beginTime(let time): if time > now { awaits.append(dependency) }
      case .singleton, .place: awaits.append(dependency)
      case .after(let condition, let id):
        if try isOpen(condition, on: id, item.lookup, index, for: attribution) { awaits.append(dependency) }
      }
    }
    return awaits + item.places
  }

  /// - Throws: when the condition can never be met, or there is no such job that the caller may know.
  private func isOpen(
    _ condition: AfterCondition, on id: JobID, _ lookup: DependencyLookup, _ index: Int, for attribution: Attribution
  ) throws(Refusal) -> Bool {
    let place = "\(lookup.place)/\(index)"
    if let job = jobs[id], attribution.mayAccess(job.owner) { return condition != .start || !job.hasStarted }
    if let ended = latelyEnded[id] ?? lookup[id], attribution.mayAccess(ended.owner) {
      guard let complaint = condition.complaint(about: ended.fate, of: id) else { return false }
      throw .dependency(place: place, reason: "can never be met: \(complaint)")
    }
    guard jobs[id] != nil || lookup.seq >= latelyEnded.since else { throw .lookupOutdated }
    throw .dependency(place: place, reason: "names no job that is active or kept, or none of yours")
  }

  /// Tells some of those that wait what has come about.
  func settleDependencies(at now: Timestamp, _ builder: inout RecordBuilder) {
    var settlement = Settlement()
    settleEnds(&settlement)
    settleStarts(&settlement)
    dependencies.appointments.forEach { appointment in
      guard appointment.at <= now else { return false }
      return settlement.note(.beginTime(appointment.at), of: appointment.job)
    }
    dependencies.freeNames.forEach { name in
      dependencies.freeSingleton(of: name).map { settlement.note(.singleton, of: $0) } ?? true
    }
    settlePlaces(&settlement)
    for id in settlement.order {
      if let job = jobs[id] { settle(job, settlement, &builder) }
    }
  }

  private func settleEnds(_ settlement: inout Settlement) {
    var settled = settlement
    for (target, fate) in dependencies.ended {
      func tell(_ id: JobID) -> Bool {
        guard let dependency = jobs[id]?.unmet.first(where: { $0.target == target }),
          case .after(let condition, _) = dependency
        else { return true }
        return settled.note(dependency, of: id, complaint: condition.complaint(about: fate, of: target))
      }
      dependencies.starts.forEachDependent(of: target, tell)
      dependencies.ends.forEachDependent(of: target, tell)
      if settled.isFull { break }
    }
    settlement = settled
  }

  private func settleStarts(_ settlement: inout Settlement) {
    for target in dependencies.started {
      guard !settlement.isFull else { return }
      dependencies.starts.forEachDependent(of: target) { settlement.note(.after(.start, target), of: $0) }
    }
  }

  private func settlePlaces(_ settlement: inout Settlement) {
    for group in dependencies.freeGroups {
      guard !settlement.isFull else { return }
      var free = dependencies.freePlaces(in: group)
      dependencies.places.forEach(from: DependencyIndex.Place(group: group, job: JobID(0), limit: 0)) { place in
        guard place.group == group, free > 0 else { return false }
        free -= 1
        return settlement.note(.place(group: group, limit: place.limit), of: place.job)
      }
    }
  }

  private func settle(_ job: Job, _ settlement: Settlement, _ builder: inout RecordBuilder) {
    if let complaint = settlement.complaints[job.id] {
      let note = "a dependency can never be met: \(complaint)"
      builder.add(.exception(JobException(type: "dependency", severity: 0, note: note, userID: nil)), to: job)
      builder.add(.clean, to: job)
      return
    }
    let met = settlement.met[job.id] ?? []
    for dependency in met { builder.add(.dependencyRemove(dependency), to: job) }
    guard job.unmet.allSatisfy(met.contains) else { return }
    builder.add(.depend(priority: priority(of: job, urgency: job.urgency)), to: job)
  }

  /// What one step tells to whom.
  private struct Settlement {
    /// Each yields two records at most: the last of a job's dependencies also lets it go on.
    static let limit = BrokerLimits.recordsPerCommand / 2

    private(set) var order: [JobID] = []
    private(set) var met: [JobID: [Dependency]] = [:]
    private(set) var complaints: [JobID: String] = [:]
    private var count = 0

    var isFull: Bool { count >= Self.limit }

    /// - Returns: whether there is room for more.
    mutating func note(_ dependency: Dependency, of job: JobID, complaint: String? = nil) -> Bool {
      guard !isFull else { return false }
      if met[job] == nil, complaints[job] == nil { order.append(job) }
      count += 1
      if let complaint { complaints[job] = complaint } else { met[job, default: []].append(dependency) }
      return true
    }
  }
}

/// What a route found out about the dependencies of a submission before it sent the command.
public struct DependencyLookup: Sendable {
  /// JSON Pointer of the list of dependencies in the request.
  public let place: String
  /// Where the log stood when the archive was read.
  public let seq: UInt64
  /// Targets that had ended.
  public let ended: [EndedJob]

  public init(place: String, seq: UInt64, ended: [EndedJob]) {
    self.place = place
    self.seq = seq
    self.ended = ended
  }

  /// Of a submission without dependencies on other jobs.
  public static let none = DependencyLookup(place: "/dependencies", seq: .max, ended: [])

  subscript(id: JobID) -> EndedJob? { ended.first { $0.id == id } }
}

extension Dependency {
  /// The other job.
  public var target: JobID? { if case .after(_, let id) = self { id } else { nil } }
}
