import BrokerCore
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

/// Writes believable batches: what a broker would commit, without its decisions.
struct LogScript {
  private(set) var state: BrokerState
  private(set) var ended: [Job] = []
  private var records: [Record] = []
  private var endedNow: [Job] = []
  private var clock: Timestamp

  static let flux = Principal(name: "flux", userID: 500, tenant: "")

  static func user(_ number: Int, tenant: String = "") -> Principal {
    Principal(name: "user\(number)", userID: UInt32(1_000 + number), tenant: tenant)
  }

  init(_ state: BrokerState = BrokerState(epoch: 1)) {
    self.state = state
    // Well past the beginning of ids.
    clock = Timestamp(microseconds: (BrokerState.fluidEpochMilliseconds + 10_000_000) * 1_000)
    if let last = state.jobs.last?.value.submittedAt, last > clock { clock = last }
  }

  static func spec(name: String? = nil, queue: String? = nil, command: String = "true") -> StoredJobspec {
    var fields = JSONObject()
    fields["command"] = .array([.string(command)])
    if let name { fields["name"] = .string(name) }
    if let queue { fields["queue"] = .string(queue) }
    do {
      let jobspec = try SubmissionRequest.parse(.object(fields)).jobspec
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for byte in "\(command)|\(name ?? "")|\(queue ?? "")".utf8 {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
      }
      return StoredJobspec(digest: Digest(hash, ~hash, hash &* 3, hash &* 5), jobspec: jobspec)
    } catch {
      preconditionFailure("a sample is valid: \(error)")
    }
  }

  var now: Timestamp { clock }

  mutating func add(_ body: RecordBody, owner: Principal = flux) {
    let attribution = Attribution(
      principal: owner, role: .user, tokenID: "t1", requestID: "r\(state.nextSeq)")
    add(body, owner, attribution)
  }

  private mutating func add(_ body: RecordBody, _ owner: Principal, _ attribution: Attribution) {
    let record = Record(
      seq: state.nextSeq, at: clock, attribution: attribution, owner: owner, causeSeq: 0, body: body)
    if let job = state.fold(record) { endedNow.append(job) }
    records.append(record)
  }

  /// - Returns: the new ids, ascending.
  @discardableResult
  mutating func submit(_ count: Int, _ spec: StoredJobspec = spec(), by owner: Principal = user(1)) -> [JobID] {
    clock = clock.advanced(by: TimeSpan(microseconds: 1_000))
    let attribution = Attribution(
      principal: owner, role: .user, tokenID: "t1", requestID: "r\(state.nextSeq)")
    if state.jobspecs[spec.digest] == nil { add(.jobspecStored(spec), owner, attribution) }
    let milliseconds = UInt64(clock.microseconds / 1_000 - BrokerState.fluidEpochMilliseconds)
    return (0..<count).map { _ in
      let id = state.lastJobID.next(atLeast: milliseconds, generator: 0)
      let submission = Submission(
        id: id, owner: owner, spec: spec.digest, urgency: 16, priority: 16,
        flags: SubmissionFlags(rawValue: 0))
      add(.jobSubmitted(submission), owner, attribution)
      return id
    }
  }

  /// Lets pending jobs end: by themselves with a status, or canceled.
  mutating func end(_ ids: [JobID], as result: JobResult = .completed) {
    for id in ids {
      guard let owner = state.jobs[id]?.owner else { preconditionFailure("\(id.f58) is not active") }
      let events: [JobEvent]
      switch result {
      case .completed, .failed:
        let outcome = AttemptOutcome(
          waitStatus: result == .failed ? 256 : 0, cpuTime: .seconds(1), peakMemoryKiB: 1_024)
        events = [
          .alloc(
            Allocation(
              grants: [Grant(vertex: VertexID(1), amount: Amount(thousandths: 1_000))], expiration: nil)),
          .start, .finish(outcome), .release, .clean,
        ]
      case .canceled, .timeout:
        let type = result == .canceled ? "cancel" : "timeout"
        events = [.exception(JobException(type: type, severity: 0, note: "", userID: owner.userID)), .clean]
      }
      for event in events { add(.jobHappened(id, event), owner, .broker) }
    }
  }

  mutating func purge(_ ids: [JobID]) { add(.jobsPurged(ids), Attribution.broker.principal, .broker) }

  /// What was written since the last call.
  mutating func takeBatch() -> CommitBatch {
    defer {
      records = []
      ended += endedNow
      endedNow = []
    }
    return CommitBatch(epoch: state.epoch, records: records, ended: endedNow)
  }
}

extension BrokerState {
  /// Everything of it, as bytes that can be compared.
  var image: [UInt8] {
    var bytes: [UInt8] = []
    packSnapshot { bytes += $0 }
    return bytes
  }
}
