public import Jobs
public import Vocabulary

/// Why a batch was not made durable: nothing of it was.
public enum AppendFailure: Error, Sendable, Equatable {
  /// No space; the next append may succeed.
  case full
  /// Another process owns the log now: this one must stop.
  case fenced
  /// The storage failed in a way after which nothing it says can be trusted: the process must end and recover.
  case failed(String)
}

/// What one commit makes durable, all or nothing.
public struct CommitBatch: Sendable {
  public let epoch: UInt32
  public let records: [Record]
  /// Jobs that these records ended: they go from memory to the archive in the same transaction.
  public let ended: [Job]

  public init(epoch: UInt32, records: [Record], ended: [Job]) {
    self.epoch = epoch
    self.records = records
    self.ended = ended
  }
}

/// Where the loop puts its records. One caller at a time.
public protocol JournalPort: Sendable {
  /// Returns when the batch would survive a power cut.
  func append(_ batch: CommitBatch) throws(AppendFailure)
}

/// What readers ask the journal for; any thread, several at a time.
public protocol ArchivePort: Sendable {
  /// An ended job.
  func endedJob(_ id: JobID) throws(ArchiveFailure) -> Job?

  /// Ended jobs that match, newest id first.
  /// - Parameters:
  ///   - owner: only this user's, where given.
  ///   - before: only ids below.
  ///   - limit: at most so many are returned, and at most `candidates` are examined.
  func endedJobs(
    matching filter: JobFilter, owner: UInt32?, before: JobID?, limit: Int, candidates: Int
  ) throws(ArchiveFailure) -> ArchivePage

  /// The oldest ended jobs, by id.
  ///
  /// - Parameters:
  ///   - limit: ended before this; `nil`: whenever.
  ///   - count: at most so many are returned.
  ///   - candidates: so many of the oldest are looked at.
  func oldestEndedJobs(
    endedBefore limit: Timestamp?, count: Int, candidates: Int
  ) throws(ArchiveFailure) -> [Job]

  /// How many of the oldest jobs ended before `limit`, of so many candidates.
  func countOldest(endedBefore limit: Timestamp, candidates: Int) throws(ArchiveFailure) -> Int

  /// Records of whole batches from the one that holds `seq` on, in order, as far as `limit` records, some MiB, or
  /// a batch more; those before `seq` are left out.
  func records(from seq: UInt64, limit: Int) throws(ArchiveFailure) -> [Record]

  /// The first record still in the log.
  var oldestSeq: UInt64 { get }
}

public struct ArchivePage: Sendable {
  public let jobs: [Job]
  /// Where to go on when the candidates ran out before the limit; `nil` when nothing is left below.
  public let nextBefore: JobID?

  public init(jobs: [Job], nextBefore: JobID?) {
    self.jobs = jobs
    self.nextBefore = nextBefore
  }
}

public enum ArchiveFailure: Error, Sendable, Equatable {
  /// The wanted records were removed by retention.
  case historyGone(oldest: UInt64)
  case unreadable(String)
}
