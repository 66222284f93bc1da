import Jobs
import Persistent
import Vocabulary

/// The jobs that ended last, so that one which ends between a look into the archive and the decision that rests on
/// it is missed by neither.
///
/// A cache of the archive: not logged, not in snapshots, and no record depends on where a fact was found.
struct LatelyEnded: Sendable {
  /// Of each of two generations: between 32,768 and 65,536 jobs are remembered, more than end while a command waits
  /// in a full inbox.
  static let generationSize = 32_768

  private var newer = SortedMap<JobID, EndedJob>()
  private var older = SortedMap<JobID, EndedJob>()
  private var newerSince: UInt64
  /// Every job that ended at this place in the log or later is remembered.
  private(set) var since: UInt64

  init(since: UInt64) {
    self.since = since
    newerSince = since
  }

  subscript(id: JobID) -> EndedJob? { newer[id] ?? older[id] }

  /// It is nobody's any more.
  mutating func forget(_ id: JobID) {
    newer[id] = nil
    older[id] = nil
  }

  mutating func add(_ job: Job, at seq: UInt64) {
    if newer.count == Self.generationSize {
      older = newer
      since = newerSince
      newer = SortedMap()
      newerSince = seq
    }
    newer[job.id] = EndedJob(job)
  }
}
