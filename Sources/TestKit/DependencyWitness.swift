import BrokerCore
import Jobs
import Jobspec
import Persistent
import Vocabulary

/// What jobs wait for, as their eventlogs tell it: nobody goes on too early, and nobody is forgotten.
struct DependencyWitness {
  /// Copies that share places: which of them are active and no longer wait for one.
  private var placed: [UInt64: Set<JobID>] = [:]
  private var groups: [JobID: UInt64] = [:]
  private var specNames: [Digest: String] = [:]
  /// Of jobs that have a name of their own, with their users.
  private var names: [JobID: String] = [:]
  private(set) var released = 0
  private(set) var refused = 0

  /// - Parameter jobs: as all records before this one tell them.
  /// - Returns: why the record must not come here.
  mutating func note(_ record: Record, _ jobs: [JobID: JobWitness]) -> String? {
    switch record.body {
    case .jobspecStored(let spec):
      specNames[spec.digest] = spec.jobspec.name
      return nil
    case .jobSubmitted(let submission):
      for dependency in submission.awaits {
        if let target = dependency.target, jobs[target]?.isOver ?? true { return "waits for a job that is over" }
        if case .place(let group, _) = dependency { groups[submission.id] = group }
      }
      names[submission.id] = specNames[submission.spec].map { "\(submission.owner.userID) \($0)" }
      return nil
    case .jobHappened(let id, .dependencyRemove(let dependency)):
      released += 1
      return fault(of: dependency, of: id, at: record.at, jobs)
    case .jobHappened(let id, .exception(let exception)) where exception.type == "dependency":
      refused += 1
      return jobs[id]?.state == .depend ? nil : "a dependency ended a job that waits for none"
    case .jobHappened(let id, .clean):
      if let group = groups.removeValue(forKey: id) { placed[group]?.remove(id) }
      return nil
    default: return nil
    }
  }

  private mutating func fault(
    of dependency: Dependency, of id: JobID, at now: Timestamp, _ jobs: [JobID: JobWitness]
  ) -> String? {
    switch dependency {
    case .beginTime(let time): return now >= time ? nil : "\(id.f58) begins too early"
    case .after(let condition, let target):
      guard let other = jobs[target] else { return "\(id.f58) waited for nobody" }
      return Self.holds(condition, other) ? nil : "\(id.f58) goes on though \(target.f58) is \(other.state.name)"
    case .place(let group, let limit):
      placed[group, default: []].insert(id)
      let others = placed[group]?.map(\.f58).sorted() ?? []
      return others.count <= Int(limit) ? nil : "more than \(limit) of \(group) go on at once: \(others)"
    case .singleton:
      let others = jobs.filter { other, job in
        other < id && !job.isOver && names[other] == names[id]
      }
      return others.isEmpty ? nil : "\(id.f58) is not the oldest of its name"
    }
  }

  private static func holds(_ condition: AfterCondition, _ job: JobWitness) -> Bool {
    let hasRun = job.entries.contains { $0.name == "alloc" }
    let end = job.entries.last {
      $0.name == "finish" || $0.name == "exception" && $0.context["severity"] == .integer(0)
    }
    let succeeded = job.isOver && !job.isFatal && end?.context["status"] == .integer(0)
    let first = job.entries.first { entry in
      entry.seq > (job.entries.last { $0.name == "requeue" }?.seq ?? 0)
        && (entry.name == "finish" || entry.name == "exception" && entry.context["severity"] == .integer(0))
    }
    switch condition {
    case .start: return job.entries.contains { $0.name == "start" }
    case .end: return job.isOver
    case .success: return succeeded
    case .failure: return job.isOver && hasRun && !succeeded
    case .exception: return job.isOver && hasRun && first?.name == "exception"
    }
  }

  /// Once everybody was told: who still waits, waits for something that may yet come.
  func forgotten(in state: BrokerState, _ jobs: [JobID: JobWitness]) -> String? {
    guard !state.owesSettling(at: Timestamp(microseconds: 0)) else { return nil }
    for (id, job) in state.jobs where job.phase == .depending {
      if job.unmet.isEmpty { return "\(id.f58) waits for nothing" }
      for dependency in job.unmet {
        guard let target = dependency.target, let other = jobs[target] else { continue }
        if other.isOver { return "\(id.f58) waits for \(target.f58), which is over" }
        if case .after(.start, _) = dependency, Self.holds(.start, other) {
          return "\(id.f58) waits for the start of \(target.f58), which has started"
        }
      }
    }
    return nil
  }
}
