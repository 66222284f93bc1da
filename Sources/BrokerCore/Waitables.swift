import Jobs
import Jobspec
import Persistent
public import Vocabulary

/// Jobs that were submitted to be waited for: each result is handed out once.
///
/// - Source: flux-core's `job-manager.wait`.
struct Waitables: Sendable {
  /// Results that nobody collected, by user and in the order in which the jobs ended.
  private(set) var results = SortedMap<Key, WaitResult>()
  private var keys = SortedMap<JobID, Key>()
  private var active = SortedMap<UInt32, Int>()
  private var uncollected = SortedMap<UInt32, Int>()

  struct Key: Hashable, Comparable, Sendable {
    let userID: UInt32
    let seq: UInt64

    static func < (a: Self, b: Self) -> Bool { a.userID != b.userID ? a.userID < b.userID : a.seq < b.seq }
  }

  func count(of userID: UInt32) -> Int { (active[userID] ?? 0) + (uncollected[userID] ?? 0) }

  func hasActive(of userID: UInt32) -> Bool { active[userID] != nil }

  /// The result of that job, or of the one that ended first.
  func result(of job: JobID?, for userID: UInt32) -> WaitResult? {
    if let job { return keys[job].flatMap { $0.userID == userID ? results[$0] : nil } }
    let first = results.first(atOrAfter: Key(userID: userID, seq: 0))
    return first?.key.userID == userID ? first?.value : nil
  }

  mutating func add(_ job: Job) { active.adjust(job.owner.userID, by: 1) }

  mutating func end(_ job: Job) {
    active.adjust(job.owner.userID, by: -1)
    restore(WaitResult(job))
  }

  mutating func restore(_ result: WaitResult) {
    let key = Key(userID: result.userID, seq: result.seq)
    results[key] = result
    keys[result.job] = key
    uncollected.adjust(key.userID, by: 1)
  }

  mutating func collect(_ job: JobID) {
    guard let key = keys.removeValue(forKey: job) else { return }
    results[key] = nil
    uncollected.adjust(key.userID, by: -1)
  }
}

/// How a waitable job ended.
public struct WaitResult: Sendable, Equatable {
  public let job: JobID
  let userID: UInt32
  /// Of the job's last event.
  let seq: UInt64
  /// Why it failed, for a person; `nil`: it succeeded.
  public let failure: String?

  /// - Precondition: the job has ended.
  init(_ job: Job) {
    self.job = job.id
    userID = job.owner.userID
    seq = job.history.last?.seq ?? job.submittedSeq
    if job.result == .completed {
      failure = nil
    } else if let exception = job.fatalException {
      failure = "Fatal exception type=\(exception.type)" + (exception.note.isEmpty ? "" : " \(exception.note)")
    } else if let signal = job.outcome?.signal {
      failure = "task(s) killed by signal \(signal)"
    } else {
      failure = "task(s) exited with exit code \(job.outcome?.exitCode ?? 0)"
    }
  }

  func pack(into writer: inout PackedWriter) {
    writer.write(job)
    writer.write(userID)
    writer.write(seq)
    writer.writeOptional(failure) { $0.write($1) }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    job = try reader.readJobID()
    userID = try reader.readUInt32()
    seq = try reader.readUInt64()
    failure = try reader.readOptional { (reader) throws(PackedError) in try reader.readString() }
  }
}

extension BrokerState {
  /// Whether `collectResult` would hand something out, or say that there is nothing to wait for.
  public func answersWaiting(for id: JobID?, by userID: UInt32, _ key: IdempotencyKey? = nil) -> Bool {
    if let key, answers[key.scope] != nil { return true }
    if waitables.result(of: id, for: userID) != nil { return true }
    if let id { return jobs[id] == nil }
    return !waitables.hasActive(of: userID)
  }

  func decideCollection(
    of id: JobID?, _ key: IdempotencyKey?, by attribution: Attribution, at now: Timestamp,
    _ builder: inout RecordBuilder
  ) throws(Refusal) -> Decision {
    let owner = attribution.principal
    let userID = owner.userID
    if let key, case .result(let result) = try keptAnswer(to: key, by: owner) {
      return builder.decision(.collected(result, isRepeat: true))
    }
    if let result = waitables.result(of: id, for: userID) {
      builder.add(.resultCollected(result.job), owner: owner)
      if let key {
        builder.add(.answerKept(KeptAnswer(key: key, owner: owner, at: now, .result(result))), owner: owner)
      }
      return builder.decision(.collected(result, isRepeat: false))
    }
    if let id {
      guard let job = jobs[id], job.owner.userID == userID, job.flags.contains(.waitable) else {
        throw .notWaitable(id)
      }
    } else if !waitables.hasActive(of: userID) {
      throw .nothingToWaitFor
    }
    return builder.decision(.collected(nil, isRepeat: false))
  }
}
