import Jobs
import Vocabulary

/// Numbers the records of one decision.
struct RecordBuilder {
  private(set) var records: [Record] = []
  private var nextSeq: UInt64
  private let at: Timestamp
  private let attribution: Attribution

  init(_ state: BrokerState, by attribution: Attribution, at: Timestamp) {
    nextSeq = state.nextSeq
    self.at = at
    self.attribution = attribution
  }

  mutating func reserve(_ count: Int) { records.reserveCapacity(count) }

  /// Where the next record will be.
  var seq: UInt64 { nextSeq }

  mutating func add(_ body: RecordBody, owner: Principal, cause: UInt64 = 0) {
    records.append(
      Record(seq: nextSeq, at: at, attribution: attribution, owner: owner, causeSeq: cause, body: body))
    nextSeq += body.width
  }

  mutating func add(_ event: JobEvent, to job: Job, cause: UInt64 = 0) {
    add(.jobHappened(job.id, event), owner: job.owner, cause: cause)
  }

  func decision(_ answer: Answer = .done) -> Decision { Decision(records: records, answer: answer) }
}
