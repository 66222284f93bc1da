import Jobspec
import Jobs
import Persistent
import Vocabulary

extension BrokerState {
  /// A report that repeats what is known yields nothing: reports come at least once.
  func decideReport(_ report: ExecutionReport, at now: Timestamp, _ builder: inout RecordBuilder) {
    switch report {
    case .started(let id, _):
      guard id.stage == .tasks, let job = executingJob(id), job.phase == .allocated else { return }
      builder.add(.start, to: job)
    case .ended(let id, _, let end):
      if let held = housekeeping[id] {
        decideHousekeepingEnd(of: held, waitStatus: end.waitStatus, failure: end.failure, at: now, &builder)
      }
      guard let job = executingJob(id), !job.awaitsSteps else { return }
      switch job.stage {
      case .prolog: decidePrologEnd(of: job, end, at: now, &builder)
      case .epilog:
        decideEpilogEnd(of: job, waitStatus: end.waitStatus, failure: end.failure, at: now, &builder)
      case .tasks, .housekeeping: decideEnd(of: job, end, at: now, &builder)
      }
    case .joined(let incarnation, let known):
      let cause = builder.seq
      builder.add(.shepherdJoined(incarnation: incarnation, known: known), owner: Attribution.broker.principal)
      // The very first shepherd of an instance cannot have lost anything, nor can one that joins again: what it
      // does not know of never reached it, and is ordered once more.
      guard let previous = shepherd, previous != incarnation, !executing.isEmpty || !housekeeping.isEmpty
      else { return }
      let operation = Operation(
        id: builder.seq, owner: Attribution.broker.principal, role: .owner,
        kind: .reconcile(known: known.sorted()),
        cursor: JobID(0), changed: 0)
      builder.add(.operationBegun(operation), owner: operation.owner, cause: cause)
    }
  }

  private func executingJob(_ id: AttemptID) -> Job? {
    guard let job = jobs[id.job], job.attemptID == id, job.phase.isExecuting else { return nil }
    return job
  }

  private func decideEnd(of job: Job, _ end: AttemptEnd, at now: Timestamp, _ builder: inout RecordBuilder) {
    // It was ended for the sake of others.
    if job.phase == .leaving, end.cause != .exited {
      return close(job, .evicted, AttemptOutcome(end), at: now, &builder)
    }
    let reason = job.phase == .stopping ? nil : job.reasonToRepeat(after: end)
    if case .notStarted = end.cause {} else if job.phase == .allocated { builder.add(.start, to: job) }
    if job.phase != .stopping, let (type, note) = end.cause.exception {
      builder.add(.exception(exception(type, note, severity: reason == nil ? 0 : 1)), to: job)
    }
    close(job, continuation(of: job, reason), AttemptOutcome(end), at: now, &builder)
  }

  /// Another attempt once the job's backoff is over, where there is a reason for one.
  private func continuation(of job: Job, _ reason: String?) -> JobEvent.Continuation {
    reason.map { .again(reason: $0, after: job.jobspec.retry.backoff) } ?? .end
  }

  /// The attempt's processes are gone and nobody saw how it ended.
  func lose(_ job: Job, at now: Timestamp, cause: UInt64, _ builder: inout RecordBuilder) {
    guard job.stage != .epilog else {
      return decideEpilogEnd(
        of: job, waitStatus: Self.killed, failure: Self.lostText, at: now, cause: cause, &builder)
    }
    let mayRepeat =
      job.phase == .leaving
      || job.phase != .stopping && job.hasAttemptsLeft && job.jobspec.retry.isFor(.lost)
    if job.stage == .prolog {
      builder.add(.prologFinish(waitStatus: Self.killed, in: job.state), to: job, cause: cause)
    }
    if job.phase != .stopping {
      let note = "the shepherd of attempt \(job.attempt) died; its processes were ended"
      builder.add(.exception(exception("lost", note, severity: mayRepeat ? 1 : 0)), to: job, cause: cause)
    }
    let outcome = AttemptOutcome(waitStatus: Self.killed, cpuTime: .zero, peakMemoryKiB: 0)
    close(job, continuation(of: job, mayRepeat ? "lost" : nil), outcome, at: now, cause: cause, &builder)
  }

  private func exception(_ type: String, _ note: String, severity: UInt8 = 0) -> JobException {
    JobException(type: type, severity: severity, note: note, userID: nil)
  }
}

extension Job {
  /// Attempts that the instance ended, to give their resources to others, are not the job's to pay for.
  fileprivate var hasAttemptsLeft: Bool {
    if Int(attempt) < jobspec.maxAttempts { return true }
    let evictions = history.count { if case .evict = $0.event { true } else { false } }
    return Int(attempt) - evictions < jobspec.maxAttempts
  }

  /// Why the job gets another attempt after this end of its current one; `nil`: it gets none.
  fileprivate func reasonToRepeat(after end: AttemptEnd) -> String? {
    guard hasAttemptsLeft else { return nil }
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
