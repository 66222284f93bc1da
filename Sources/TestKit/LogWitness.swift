import BrokerCore
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

/// Reads every committed record as an outsider would, and compares the broker's state with what they say.
struct LogWitness {
  private(set) var ledger = AllocationLedger()
  private(set) var jobs: [JobID: JobWitness] = [:]
  private(set) var submitted = 0
  private(set) var dependencies = DependencyWitness()
  private(set) var steps = StepWitness()
  /// Jobs whose results nobody collected.
  private var waitables: Set<JobID> = []
  private var nextSeq: UInt64 = 1
  private var lastJobID = JobID(0)
  /// Cancellations of everything of an owner or of all, by operation.
  private var sweeps: [UInt64: Operation] = [:]

  /// - Parameters:
  ///   - records: one committed batch.
  ///   - ended: jobs that it ended.
  ///   - state: the state after it.
  /// - Returns: the first promise that it breaks.
  mutating func note(_ records: [Record], ended: [Job], state: BrokerState, isThorough: Bool) -> String? {
    var touched: [JobID] = []
    for record in records {
      if let fault = note(record) { return "record \(record.seq) (\(record.body.name)): \(fault)" }
      if let id = record.body.job, touched.last != id { touched.append(id) }
    }
    if state.nextSeq != nextSeq { return "the state is at \(state.nextSeq), the log at \(nextSeq)" }
    for job in ended {
      guard jobs[job.id]?.isOver == true else { return "\(job.id.f58) is archived but not over" }
      guard job.eventlog == jobs[job.id]?.entries else {
        return "the archived eventlog of \(job.id.f58) differs"
      }
    }
    for id in touched {
      guard let job = state.jobs[id] else {
        guard jobs[id]?.isOver == true else { return "\(id.f58) is gone but not over" }
        continue
      }
      if let fault = difference(job) { return fault }
    }
    if let fault = sweepFault(records, state) ?? dependencies.forgotten(in: state, jobs) { return fault }
    guard isThorough else { return nil }
    return ledger.difference(from: state.graph) ?? IndexChecker.fault(in: state)
  }

  /// Whether an attempt, or a program around it, holds what it runs on.
  func holds(_ id: AttemptID) -> Bool {
    guard id.stage != .housekeeping else { return ledger.isKept(for: id) }
    return jobs[id.job]?.attempt == id.attempt && grants(of: id.job) != nil
  }

  private func grants(of id: JobID) -> [Grant]? { ledger.grants(of: id) ?? steps.grants(of: id) }

  private func difference(_ job: Job) -> String? {
    guard let witness = jobs[job.id] else { return "\(job.id.f58) has no submission" }
    if witness.isOver { return "\(job.id.f58) is over but still active" }
    if witness.state != job.state {
      return "\(job.id.f58) is \(job.state.name), its eventlog says \(witness.state.name)"
    }
    if witness.attempt != job.attempt {
      return "\(job.id.f58) is at attempt \(job.attempt) instead of \(witness.attempt)"
    }
    if (grants(of: job.id) != nil) != job.phase.isExecuting {
      return "\(job.id.f58) holds what it should not"
    }
    // What has grown or shrunk since is what somebody else asked for.
    let isAsGiven = job.allocation?.version == 1
    if isAsGiven, let grants = grants(of: job.id), !ledger.meets(job.jobspec.demand, grants) {
      return "\(job.id.f58) was given something else than it asked for"
    }
    return job.eventlog == witness.entries ? nil : "the eventlog of \(job.id.f58) differs from its records"
  }

  private mutating func note(_ record: Record) -> String? {
    guard record.seq == nextSeq else { return "follows \(nextSeq - 1)" }
    nextSeq += record.body.width
    if record.causeSeq >= record.seq { return "is caused by the later \(record.causeSeq)" }
    // A step is known as one until it is over.
    let isOfStep = record.body.job.map { steps.isStep($0) } ?? false
    if let fault = steps.note(record, jobs, ledger) { return fault }
    if !isOfStep, let fault = ledger.note(record) { return fault }
    if let fault = dependencies.note(record, jobs) { return fault }
    switch record.body {
    case .jobSubmitted(let submission):
      guard submission.id > lastJobID else { return "\(submission.id.f58) does not follow \(lastJobID.f58)" }
      lastJobID = submission.id
      submitted += 1
      if submission.flags.contains(.waitable) { waitables.insert(submission.id) }
      let entries = EventlogEntry.entries(of: submission, at: record.at, seq: record.seq)
      return note(entries, of: submission.id, record)
    case .jobHappened(let id, let event):
      let happening = JobHappening(seq: record.seq, at: record.at, event: event)
      return note(EventlogEntry.entries(of: happening), of: id, record)
    case .resultCollected(let id):
      guard waitables.remove(id) != nil, jobs[id]?.isOver == true else { return "\(id.f58) has no result to collect" }
    case .operationBegun(let operation): sweeps[operation.id] = operation
    default: break
    }
    return nil
  }

  private mutating func note(_ entries: [EventlogEntry], of id: JobID, _ record: Record) -> String? {
    guard UInt64(entries.count) == record.body.width else {
      return "\(entries.count) entries in \(record.body.width) places"
    }
    for entry in entries {
      if let fault = jobs[id, default: JobWitness()].note(entry) { return "\(id.f58): \(fault)" }
    }
    return nil
  }

  /// A finished cancellation of everything must have left nothing of its time.
  private mutating func sweepFault(_ records: [Record], _ state: BrokerState) -> String? {
    for record in records {
      guard case .operationEnded(let id) = record.body, let sweep = sweeps.removeValue(forKey: id),
        case .act(.raise("cancel", 0, _), let filter, let last) = sweep.kind, filter == JobFilter()
      else { continue }
      for (id, job) in state.jobs where id <= last && (sweep.role == .owner || sweep.owner == job.owner) {
        // One that only waits for its epilog is over without it.
        if jobs[id]?.isFatal != true, job.phase != .finished || job.willRepeat {
          return "\(id.f58) escaped a cancellation of everything"
        }
      }
    }
    return nil
  }
}
