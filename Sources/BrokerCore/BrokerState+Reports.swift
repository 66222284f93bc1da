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
      decideEnd(of: job, end, &builder)
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

  private func decideEnd(of job: Job, _ end: AttemptEnd, _ builder: inout RecordBuilder) {
    let isFatal = job.phase == .stopping
    if job.phase == .leaving, end.cause != .exited { return leave(job, end, &builder) }
    switch end.cause {
    case .exited, .terminated:
      if job.phase == .allocated { builder.add(.start, to: job) }
    case .timeLimit:
      if job.phase == .allocated { builder.add(.start, to: job) }
      if !isFatal {
        builder.add(.exception(exception("timeout", "the job's time limit expired")), to: job)
      }
    case .outOfMemory:
      if job.phase == .allocated { builder.add(.start, to: job) }
      if !isFatal {
        let note = "a process was killed because the job's memory limit, or the host's memory, was used up"
        builder.add(.exception(exception("memory", note)), to: job)
      }
    case .aborted, .taskFailed:
      if job.phase == .allocated { builder.add(.start, to: job) }
      if !isFatal { builder.add(.exception(exception("exec", end.cause.taskText)), to: job) }
    case .notStarted(let reason):
      if !isFatal { builder.add(.exception(exception("exec", reason)), to: job) }
    }
    let outcome = AttemptOutcome(
      waitStatus: end.waitStatus, cpuTime: end.cpuTime, peakMemoryKiB: end.peakMemoryKiB)
    builder.add(.finish(outcome), to: job)
    builder.add(.release, to: job)
    builder.add(.clean, to: job)
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
  func lose(_ job: Job, cause: UInt64, _ builder: inout RecordBuilder) {
    let mayRepeat =
      job.phase == .leaving || job.phase != .stopping && Int(job.attempt) < job.jobspec.maxAttempts
    if job.phase != .stopping {
      let note = "the shepherd of attempt \(job.attempt) died; its processes were ended"
      builder.add(.exception(exception("lost", note, severity: mayRepeat ? 1 : 0)), to: job, cause: cause)
    }
    // SIGKILL: what the shepherd's death does to its tasks.
    builder.add(.finish(AttemptOutcome(waitStatus: 9, cpuTime: .zero, peakMemoryKiB: 0)), to: job, cause: cause)
    builder.add(.release, to: job, cause: cause)
    if mayRepeat {
      let priority = priority(of: job.jobspec, urgency: job.urgency)
      builder.add(.requeue(reason: "lost", priority: priority), to: job, cause: cause)
    } else {
      builder.add(.clean, to: job, cause: cause)
    }
  }

  private func exception(_ type: String, _ note: String, severity: UInt8 = 0) -> JobException {
    JobException(type: type, severity: severity, note: note, userID: nil)
  }
}

extension AttemptEnd.Cause {
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
