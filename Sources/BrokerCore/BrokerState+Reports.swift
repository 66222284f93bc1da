import Jobspec
import Jobs
import Persistent
import Vocabulary

extension BrokerState {
  /// A report that repeats what is known yields nothing: reports come at least once.
  func decideReport(_ report: ExecutionReport, at now: Timestamp, _ builder: inout RecordBuilder) {
    switch report {
    case .started(let id, _):
      guard let job = executingJob(id), job.phase == .allocated else { return }
      builder.add(.start, to: job)
    case .ended(let id, _, let end):
      guard let job = executingJob(id) else { return }
      decideEnd(of: job, end, at: now, &builder)
    case .joined(let incarnation, let known):
      let cause = builder.seq
      builder.add(.shepherdJoined(incarnation: incarnation, known: known), owner: Attribution.broker.principal)
      // The very first shepherd of an instance cannot have lost anything, nor can one that joins again: what it
      // does not know of never reached it, and is ordered once more.
      guard let previous = shepherd, previous != incarnation, !executing.isEmpty else { return }
      let operation = Operation(
        id: builder.seq, owner: Attribution.broker.principal, role: .owner,
        kind: .reconcile(known: known.sorted()),
        cursor: JobID(0), changed: 0)
      builder.add(.operationBegun(operation), owner: operation.owner, cause: cause)
    }
  }

  private func executingJob(_ id: AttemptID) -> Job? {
    guard let job = jobs[id.job], job.attempt == id.attempt, job.phase.isExecuting else { return nil }
    return job
  }

  private func decideEnd(of job: Job, _ end: AttemptEnd, at now: Timestamp, _ builder: inout RecordBuilder) {
    if job.phase == .leaving, end.cause != .exited { return leave(job, end, &builder) }
    let reason = job.phase == .stopping ? nil : job.reasonToRepeat(after: end)
    if case .notStarted = end.cause {} else if job.phase == .allocated { builder.add(.start, to: job) }
    if job.phase != .stopping, let (type, note) = end.cause.exception {
      builder.add(.exception(exception(type, note, severity: reason == nil ? 0 : 1)), to: job)
    }
    let outcome = AttemptOutcome(
      waitStatus: end.waitStatus, cpuTime: end.cpuTime, peakMemoryKiB: end.peakMemoryKiB)
    builder.add(.finish(outcome), to: job)
    builder.add(.release, to: job)
    guard let reason else { return builder.add(.clean, to: job) }
    repeatLater(job, reason: reason, at: now, &builder)
  }

  /// Another attempt, once the job's backoff is over.
  private func repeatLater(
    _ job: Job, reason: String, at now: Timestamp, cause: UInt64 = 0, _ builder: inout RecordBuilder
  ) {
    let backoff = job.jobspec.retry.backoff
    guard backoff == .zero else {
      return builder.add(.requeueLater(reason: reason, until: now.advanced(by: backoff)), to: job, cause: cause)
    }
    let priority = priority(of: job.jobspec, urgency: job.urgency)
    builder.add(.requeue(reason: reason, priority: priority), to: job, cause: cause)
  }

  /// The attempt was ended for the sake of others: the job waits for the next one.
  private func leave(_ job: Job, _ end: AttemptEnd, _ builder: inout RecordBuilder) {
    builder.add(
      .finish(
        AttemptOutcome(waitStatus: end.waitStatus, cpuTime: end.cpuTime, peakMemoryKiB: end.peakMemoryKiB)), to: job)
    builder.add(.release, to: job)
    builder.add(.requeue(reason: "evicted", priority: priority(of: job.jobspec, urgency: job.urgency)), to: job)
  }

  /// The attempt's processes are gone and nobody saw how it ended.
  func lose(_ job: Job, at now: Timestamp, cause: UInt64, _ builder: inout RecordBuilder) {
    let mayRepeat =
      job.phase == .leaving
      || job.phase != .stopping && Int(job.attempt) < job.jobspec.maxAttempts && job.jobspec.retry.isFor(.lost)
    if job.phase != .stopping {
      let note = "the shepherd of attempt \(job.attempt) died; its processes were ended"
      builder.add(.exception(exception("lost", note, severity: mayRepeat ? 1 : 0)), to: job, cause: cause)
    }
    // SIGKILL: what the shepherd's death does to its tasks.
    builder.add(.finish(AttemptOutcome(waitStatus: 9, cpuTime: .zero, peakMemoryKiB: 0)), to: job, cause: cause)
    builder.add(.release, to: job, cause: cause)
    if mayRepeat {
      repeatLater(job, reason: "lost", at: now, cause: cause, &builder)
    } else {
      builder.add(.clean, to: job, cause: cause)
    }
  }

  private func exception(_ type: String, _ note: String, severity: UInt8 = 0) -> JobException {
    JobException(type: type, severity: severity, note: note, userID: nil)
  }
}

extension Job {
  /// Why the job gets another attempt after this end of its current one; `nil`: it gets none.
  fileprivate func reasonToRepeat(after end: AttemptEnd) -> String? {
    guard Int(attempt) < jobspec.maxAttempts else { return nil }
    let outcome = AttemptOutcome(waitStatus: end.waitStatus, cpuTime: .zero, peakMemoryKiB: 0)
    switch end.cause {
    case .notStarted, .terminated: return nil
    case .timeLimit: return jobspec.retry.isFor(.timeout) ? "timeout" : nil
    case .exited where end.waitStatus == 0: return nil
    case .exited, .outOfMemory, .aborted, .taskFailed:
      if let signal = outcome.signal { return jobspec.retry.isFor(.signal(signal)) ? "signal \(signal)" : nil }
      let code = outcome.exitCode ?? 0
      return jobspec.retry.isFor(.exit(code)) ? "exit \(code)" : nil
    }
  }
}

extension AttemptEnd.Cause {
  /// Type and note of the exception that it raises.
  fileprivate var exception: (type: String, note: String)? {
    switch self {
    case .exited, .terminated: nil
    case .timeLimit: ("timeout", "the job's time limit expired")
    case .outOfMemory:
      ("memory", "a process was killed because the job's memory limit, or the host's memory, was used up")
    case .aborted, .taskFailed: ("exec", taskText)
    case .notStarted(let reason): ("exec", reason)
    }
  }

  /// What one task did that ended the others, for the user.
  fileprivate var taskText: String {
    switch self {
    case .aborted(let rank, let exitCode, let message):
      "task \(rank) aborted the job with exit code \(exitCode)" + (message.isEmpty ? "" : ": \(message)")
    case .taskFailed(let rank, 0): "task \(rank) left before MPI_Finalize; the other tasks were ended"
    case .taskFailed(let rank, let status) where status & 0x7F != 0:
      "task \(rank) was killed by signal \(status & 0x7F); the other tasks were ended"
    case .taskFailed(let rank, let status):
      "task \(rank) exited with exit code \(status >> 8 & 0xFF); the other tasks were ended"
    default: ""
    }
  }
}
