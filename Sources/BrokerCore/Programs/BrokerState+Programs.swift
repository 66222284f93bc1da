import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

/// What becomes of jobs and of resources when the instance's programs around them end.
///
/// A host on which one failed takes nothing new until somebody has looked at it.
extension BrokerState {
  func decidePrologEnd(of job: Job, _ end: AttemptEnd, at now: Timestamp, _ builder: inout RecordBuilder) {
    builder.add(.prologFinish(waitStatus: end.waitStatus, in: job.state), to: job)
    let outcome = AttemptOutcome(end)
    switch job.phase {
    case .leaving: close(job, .evicted, outcome, at: now, &builder)
    case .allocated:
      guard let failure = end.failure else { return }
      let exception = JobException(type: "prolog", severity: 0, note: "the prolog \(failure)", userID: nil)
      builder.add(.exception(exception), to: job)
      drain(job.allocation, "prolog of job \(job.id.f58) \(failure)", at: now, &builder)
      close(job, .end, outcome, at: now, &builder)
    default: close(job, .end, outcome, at: now, &builder)
    }
  }

  /// - Parameter failure: what went wrong, for people.
  func decideEpilogEnd(
    of job: Job, waitStatus: Int32, failure: String?, at now: Timestamp, cause: UInt64 = 0,
    _ builder: inout RecordBuilder
  ) {
    builder.add(.epilogFinish(waitStatus: waitStatus), to: job, cause: cause)
    if let failure { drain(job.allocation, "epilog of job \(job.id.f58) \(failure)", at: now, &builder) }
    giveBack(job, job.continuation, at: now, cause: cause, &builder)
  }

  func decideHousekeepingEnd(
    of held: Housekeeping, waitStatus: Int32, failure: String?, at now: Timestamp, cause: UInt64 = 0,
    _ builder: inout RecordBuilder
  ) {
    builder.add(.housekeepingEnded(held.attempt, waitStatus: waitStatus), owner: held.owner, cause: cause)
    guard let failure else { return }
    drain(held.allocation, "housekeeping after job \(held.attempt.job.f58) \(failure)", at: now, &builder)
  }

  /// The next housekeepings that went down with the shepherd before the one that joined.
  /// - Returns: whether none is left.
  func loseHousekeepings(_ operation: Operation, at now: Timestamp, _ builder: inout RecordBuilder) -> Bool {
    for held in housekeeping.values where operation.findsLost(held) {
      guard builder.records.count < BrokerLimits.recordsPerCommand - 8 else { return false }
      decideHousekeepingEnd(
        of: held, waitStatus: Self.killed, failure: Self.lostText, at: now, cause: operation.id, &builder)
    }
    return true
  }

  /// SIGKILL: what a shepherd's death does to its processes.
  static let killed: Int32 = 9
  static let lostText = "was lost with its shepherd"

  /// The processes of a job's attempt are gone: what is left are its steps, and the epilog, where there are such.
  func close(
    _ job: Job, _ continuation: JobEvent.Continuation, _ outcome: AttemptOutcome, at now: Timestamp,
    cause: UInt64 = 0, _ builder: inout RecordBuilder
  ) {
    builder.add(.finish(outcome), to: job, cause: cause)
    guard enclosures[job.id]?.steps.isEmpty ?? true else {
      return builder.add(.stepsStart(then: continuation), to: job, cause: cause)
    }
    wrapUp(job, continuation, at: now, cause: cause, &builder)
  }

  /// Nothing of a job runs on what it holds any more.
  func wrapUp(
    _ job: Job, _ continuation: JobEvent.Continuation, at now: Timestamp, cause: UInt64 = 0,
    _ builder: inout RecordBuilder
  ) {
    if let epilog = programs.epilog, job.hasSitePrograms {
      return builder.add(.epilogStart(epilog, then: continuation), to: job, cause: cause)
    }
    giveBack(job, continuation, at: now, cause: cause, &builder)
  }

  private func giveBack(
    _ job: Job, _ continuation: JobEvent.Continuation, at now: Timestamp, cause: UInt64 = 0,
    _ builder: inout RecordBuilder
  ) {
    builder.add(.release, to: job, cause: cause)
    if let program = programs.housekeeping, job.hasSitePrograms, let allocation = job.allocation {
      let held = Housekeeping(
        id: builder.seq, attempt: AttemptID(job: job.id, attempt: job.attempt, stage: .housekeeping), owner: job.owner,
        program: program,
        allocation: Allocation(grants: allocation.grants, expiration: now.advanced(by: program.timeout)))
      builder.add(.housekeepingBegun(held), owner: job.owner, cause: cause)
    }
    switch continuation {
    case .end: builder.add(.clean, to: job, cause: cause)
    case .again(let reason, .zero):
      let priority = priority(of: job, urgency: job.urgency)
      builder.add(.requeue(reason: reason, priority: priority), to: job, cause: cause)
    case .again(let reason, let pause):
      builder.add(.requeueLater(reason: reason, until: now.advanced(by: pause)), to: job, cause: cause)
    }
  }

  private func drain(
    _ allocation: Allocation?, _ reason: String, at now: Timestamp, _ builder: inout RecordBuilder
  ) {
    guard let graph, let allocation else { return }
    let hosts = graph.shares(of: allocation).compactMap { graph.host(rank: $0.rank) }
    let changes = hosts.filter { graph.view(of: $0)?.drain == nil }.map { host in
      GraphChange.drain(host, Drain(reason: reason, at: now))
    }
    if !changes.isEmpty { builder.add(.graphChanged(changes), owner: Attribution.broker.principal) }
  }

  // MARK: Orders

  /// What starts the program that runs around a job now.
  func programOrder(for job: Job) -> StartOrder? {
    guard let program = job.program, let allocation = job.allocation else { return nil }
    return order(program, job.attemptID, job.owner, allocation, outcome: job.stage == .epilog ? job.outcome : nil)
  }

  func order(for held: Housekeeping) -> StartOrder? {
    order(held.program, held.attempt, held.owner, held.allocation, outcome: nil)
  }

  /// It has nothing of the job's environment: what a user sets must not reach programs of the instance.
  private func order(
    _ program: SiteProgram, _ id: AttemptID, _ owner: Principal, _ allocation: Allocation, outcome: AttemptOutcome?
  ) -> StartOrder? {
    guard let graph else { return nil }
    let shares = graph.shares(of: allocation)
    let names = shares.map(\.hostname)
    let hosts = (try? Hostlist(names))?.description ?? names.joined(separator: ",")
    var variables = [
      ("PATH", Self.defaultPath), ("FLUX_JOB_ID", id.job.f58), ("FLUX_JOB_USERID", String(owner.userID)),
      ("SLUICE_JOB_ID", id.job.f58), ("SLUICE_JOB_USER", owner.name), ("SLUICE_JOB_USERID", String(owner.userID)),
      ("SLUICE_JOB_HOSTS", hosts),
      ("SLUICE_JOB_RANKS", Idset(shares.map(\.rank)).description), ("SLUICE_ATTEMPT", String(id.attempt)),
      ("SLUICE_STAGE", id.stage.name),
    ]
    if let outcome { variables.append(("SLUICE_JOB_STATUS", String(outcome.waitStatus))) }
    return StartOrder(
      id: id, command: program.command,
      environment: variables.map { EnvironmentVariable(name: $0.0, value: $0.1) }, workingDirectory: "/",
      tasks: [TaskPlacement(node: 0, localID: 0, cpus: [], gpus: [])], nodeCount: shares.count,
      timeLimit: program.timeout, grace: BrokerLimits.terminationGrace, memoryLimit: nil, umask: 0o022,
      resourceLimits: [], input: nil, output: nil, error: nil, mockDuration: nil, startedAt: nil)
  }
}

extension JobEvent.Continuation {
  /// The attempt was ended for the sake of others.
  static let evicted = JobEvent.Continuation.again(reason: "evicted", after: .zero)
}

extension AttemptOutcome {
  init(_ end: AttemptEnd) {
    self.init(waitStatus: end.waitStatus, cpuTime: end.cpuTime, peakMemoryKiB: end.peakMemoryKiB)
  }
}

extension AttemptEnd {
  fileprivate var isSuccess: Bool { cause == .exited && waitStatus == 0 }

  /// What went wrong with a program, for people; `nil`: nothing.
  var failure: String? { isSuccess ? nil : text }

  private var text: String {
    switch cause {
    case .notStarted(let reason): return "could not be started: \(reason)"
    case .timeLimit: return "took too long"
    case .terminated: return "was ended"
    case .outOfMemory: return "was killed for its memory"
    case .exited, .aborted, .taskFailed:
      let outcome = AttemptOutcome(self)
      if let signal = outcome.signal { return "was killed by signal \(signal)" }
      return "exited with code \(outcome.exitCode ?? 0)"
    }
  }
}
