import BrokerCore
import Glibc
import Vocabulary

extension ShepherdLoop {
  /// Attempts that one turn launches, so that exits and orders are seen in between.
  private static let launchesPerTurn = 8
  /// Tries of a task that fails for want of memory, processes or descriptors: with pauses from 10 ms that double
  /// up to a second, about five seconds in all.
  private static let shortageLimit = 10

  func carryOut(_ order: ExecutionOrder) {
    switch order {
    case .start(let start): accept(start)
    case .signal(let id, let signal): self.signal(id, signal)
    case .terminate(let id, let grace): terminate(id, grace: grace)
    case .acknowledge(let id, let kind): acknowledge(id, kind)
    }
  }

  /// An attempt that was ever seen is not started again.
  private func accept(_ order: StartOrder) {
    guard attempts[order.id] == nil, !recent.contains(order.id), !isRetiring else { return }
    attempts[order.id] = Attempt(order)
    waiting.append(order.id)
  }

  private func acknowledge(_ id: AttemptID, _ kind: ReportKind) {
    guard let attempt = attempts[id] else { return }
    switch kind {
    case .started: attempt.isStartAcknowledged = true
    case .ended:
      guard attempt.phase == .ended else { return }
      attempts[id] = nil
      recent.insert(id)
    }
  }

  // MARK: Launching

  func launchSome() {
    var budget = Self.launchesPerTurn
    while budget > 0, waitingStart < waiting.count {
      let id = waiting[waitingStart]
      waitingStart += 1
      budget -= 1
      if let attempt = attempts[id], attempt.phase == .waiting, let order = attempt.order {
        launch(attempt, order)
      }
    }
    if waitingStart == waiting.count || waitingStart > 4_096 {
      waiting.removeSubrange(..<waitingStart)
      waitingStart = 0
    }
  }

  private func launch(_ attempt: Attempt, _ order: StartOrder) {
    failpoints.pass(.beforeSpawn)
    do throws(TaskLauncher.Failure) {
      try makeLeaf(attempt)
      try launcher.launch(attempt, order) { pid in
        attempt.living.insert(pid)
        attempt.sessions.append(pid)
        leaders[pid] = attempt.id
        sessions[pid] = attempt.id
        hasNoChildren = false
      }
    } catch {
      return handle(error, attempt)
    }
    failpoints.pass(.afterSpawnBeforeReport)
    begin(attempt)
  }

  /// A group per attempt costs two directories, so only those get one that need it or are told to.
  private func makeLeaf(_ attempt: Attempt) throws(TaskLauncher.Failure) {
    guard let cgroups, attempt.leaf == nil else { return }
    if configuration.cgroups == .automatic && attempt.memoryLimit == nil { return }
    let name = "\(hexadecimal(attempt.id.job.rawValue)).\(attempt.id.attempt)"
    do throws(SystemError) {
      attempt.leaf = try cgroups.makeLeaf(named: name, memoryLimit: attempt.memoryLimit)
    } catch {
      throw TaskLauncher.Failure(reason: "cgroup: \(error.text)", isShortage: error.isShortage)
    }
  }

  private func begin(_ attempt: Attempt) {
    attempt.phase = .running
    attempt.order = nil
    let time = Timestamp.now
    attempt.startedAt = time
    if let limit = attempt.timeLimit {
      let deadline = MonotonicTime.now.advanced(by: limit)
      attempt.limitDeadline = deadline
      timers.insert(.limit(attempt.id), at: deadline)
    }
    if attempt.needsMemoryWatch { watchMemory(of: attempt) }
    send(.started(attempt.id, at: time))
    if attempt.living.isEmpty { drain(attempt) }
  }

  private func handle(_ failure: TaskLauncher.Failure, _ attempt: Attempt) {
    if failure.isShortage, attempt.shortages < Self.shortageLimit {
      let pause = min(Int64(10) << Int64(attempt.shortages), 1_000)
      attempt.shortages += 1
      timers.insert(.relaunch(attempt.id), at: MonotonicTime.now.advanced(by: .milliseconds(pause)))
      return
    }
    abandon(attempt, .notStarted(failure.reason))
  }

  /// Ends an attempt that has not begun. Tasks that run already are killed.
  func abandon(_ attempt: Attempt, _ cause: AttemptEnd.Cause) {
    attempt.noteCause(cause)
    attempt.order = nil
    if attempt.living.isEmpty {
      drain(attempt)
    } else {
      attempt.phase = .running
      killEverything(of: attempt)
    }
  }
}
