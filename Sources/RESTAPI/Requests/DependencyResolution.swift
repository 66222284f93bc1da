import BrokerCore
import Hosting
import Jobs
import Jobspec
import Persistent
import Vocabulary

/// Submissions that wait for other jobs: the core knows the active ones, the archive is asked for the others.
struct DependencyResolution: Sendable {
  let items: [SubmitCommand.Item]
  /// Where the log stood when the active jobs were looked at.
  private let seq: UInt64
  /// Targets that were not active then.
  private let absent: Set<JobID>

  /// Looks at the active jobs.
  init(_ items: [SubmitCommand.Item], _ broker: Broker) {
    self.items = items
    guard items.contains(where: { $0.spec.jobspec.dependencies.contains { $0.target != nil } }) else {
      (seq, absent) = (.max, [])
      return
    }
    let state = broker.snapshot
    seq = state.nextSeq
    absent = Set(
      items.lazy.flatMap { $0.spec.jobspec.dependencies }.compactMap(\.target).filter { state.jobs[$0] == nil })
  }

  /// Whether `resolved` has to read.
  var needsArchive: Bool { !absent.isEmpty }

  /// The items with what the archive says; only on a reader's thread where it is asked.
  func resolved(_ api: API) throws(Problem) -> [SubmitCommand.Item] {
    guard seq != .max else { return items }
    var ended: [JobID: EndedJob] = [:]
    for id in absent { ended[id] = try api.archived(id).map { EndedJob($0) } }
    return items.map { item in
      let targets = item.spec.jobspec.dependencies.compactMap(\.target)
      return targets.isEmpty ? item : item.knowing(targets.compactMap { ended[$0] }, at: seq)
    }
  }
}
