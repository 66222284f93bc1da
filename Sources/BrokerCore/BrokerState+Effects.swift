import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

extension BrokerState {
  /// What a committed record makes the shell do, seen from the state after its batch.
  ///
  /// Derived from the state, so that what a crash swallowed can be derived again: `brokerStarted` and
  /// `shepherdJoined` repeat everything that is still owed.
  public func effects(of record: Record) -> [Effect] {
    switch record.body {
    case .brokerStarted: return owedToMock() + [.plan]
    case .shepherdJoined(_, let known): return owedToShepherd(knowing: known) + [.plan]
    case .resourcesDefined, .resourcesDescribed, .graphChanged, .reserved, .deallocated,
      .housekeepingEnded, .jobSubmitted,
      .queueDefined, .queueRemoved, .maintenanceDefined, .maintenanceRemoved, .preemptionSet:
      return [.plan]
    case .housekeepingBegun(let held):
      return start(order(for: held))
    case .jobHappened(let id, let event):
      switch event {
      case .prologFinish:
        guard let job = jobs[id], job.phase == .allocated, job.stage == .tasks else { return [] }
        return start(startOrder(for: job))
      case .epilogStart:
        guard let job = jobs[id], job.stage == .epilog else { return [] }
        return start(startOrder(for: job))
      case .alloc:
        // A mock attempt begins even if the same batch cancelled it: only who knows of it can end it.
        guard let job = jobs[id], job.phase == .allocated || job.isMock && job.phase.isEnding else { return [] }
        return start(startOrder(for: job))
      case .exception(let exception):
        guard exception.severity == 0, let job = jobs[id], job.phase == .stopping else { return [] }
        return [.order(termination(of: job))]
      // The end of a waiting job lets those behind it start, as a release does.
      case .release, .requeue, .urgency, .clean, .depend, .resize: return [.plan]
      case .resourceUpdate:
        guard let job = jobs[id], job.phase.isExecuting else { return [] }
        return (job.stage == .tasks ? [.order(limit(of: job))] : []) + [.plan]
      case .jobspecUpdate: return [.plan]
      case .requeueLater: return [.plan]
      case .evict:
        guard let job = jobs[id], job.phase == .leaving else { return [] }
        return [.order(termination(of: job))]
      case .start, .finish, .dependencyRemove, .earlyUrgency, .raised, .memo, .prologStart, .epilogFinish,
        .stepsStart, .stepsFinish:
        return []
      }
    case .jobSignalled(let attempt, let signal):
      guard let job = jobs[attempt.job], job.attemptID == attempt, job.phase.isExecuting else { return [] }
      return [.order(.signal(attempt, signal: signal))]
    case .jobspecStored, .resultCollected, .tokenIssued, .tokenRevoked, .answerKept, .answersForgotten, .operationBegun,
      .operationAdvanced, .operationEnded, .namespaceCreated, .namespaceChanged, .namespaceRemoved, .keysChanged,
      .keysCompacted, .fenceJoined, .fenceEnded, .fencesForgotten,
      .topicDeclared, .topicRemoved, .messagePublished, .removalsAwaited, .allocated, .programsDefined, .jobsPurged:
      return []
    }
  }

  private func start(_ order: StartOrder?) -> [Effect] { order.map { [.order(.start($0))] } ?? [] }

  private func limit(of job: Job) -> ExecutionOrder {
    .limit(job.attemptID, timeLimit: timeLimit(of: job))
  }

  private func termination(of job: Job) -> ExecutionOrder {
    .terminate(job.attemptID, grace: BrokerLimits.terminationGrace)
  }

  /// Mock execution has no memory: it is told everything again, also of what it is to end.
  private func owedToMock() -> [Effect] {
    executingJobs { $0.isMock && !$0.awaitsSteps }.flatMap { job in
      start(startOrder(for: job)) + (job.phase.isEnding ? [.order(termination(of: job))] : [])
    }
  }

  /// Starts that it never got, ends that it may not know are wanted, and attempts that are nobody's.
  private func owedToShepherd(knowing known: [AttemptID]) -> [Effect] {
    let sorted = known.sorted()
    var owed: [Effect] = []
    for job in executingJobs({ !$0.isMock }) {
      let isKnown = sorted.contains(sorted: job.attemptID)
      if job.phase.isEnding { owed.append(.order(termination(of: job))) }
      let isAwaited = job.phase == .allocated || job.stage == .epilog
      if isAwaited, !isKnown, !willBeLost(job), let order = startOrder(for: job) {
        owed.append(.order(.start(order)))
      }
      if isKnown, job.stage == .tasks, job.changed.duration != nil { owed.append(.order(limit(of: job))) }
    }
    for held in housekeeping.values where !sorted.contains(sorted: held.attempt) && !willBeLost(held) {
      if let order = order(for: held) { owed.append(.order(.start(order))) }
    }
    for attempt in sorted {
      if housekeeping[attempt] != nil { continue }
      if let job = jobs[attempt.job], job.attemptID == attempt, job.phase.isExecuting { continue }
      owed.append(.order(.terminate(attempt, grace: .zero)))
    }
    return owed
  }

  private func executingJobs(_ isWanted: (Job) -> Bool) -> [Job] {
    executing.compactMap { jobs[$0] }.filter(isWanted)
  }
}
