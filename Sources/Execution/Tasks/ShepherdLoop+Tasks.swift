import BrokerCore
import Glibc
import Vocabulary

extension ShepherdLoop {
  /// Takes in what tasks say to the shepherd, and gives them what they have room for.
  func attendTasks() {
    channels.takeReady { channel in
      switch channel {
      case .pmi(let id, let rank): if let attempt = attempts[id] { readPMI(attempt, rank) }
      case .input(let id, let rank): if let attempt = attempts[id] { feed(attempt, rank) }
      case .output(let id, let source): if let attempt = attempts[id] { collect(attempt, source) }
      }
    }
  }

  // MARK: PMI

  /// Reads once; a client that keeps to the protocol has one request on its way.
  private func readPMI(_ attempt: Attempt, _ rank: Int) {
    guard let group = attempt.group, let connection = group.connection(rank) else { return }
    let state = connection.receive()
    while let line = connection.nextLine() {
      let isOverlong = line.count > PMILimits.lineBytes
      let actions = isOverlong ? overlong(group, rank) : group.server?.receive(line, from: rank)
      perform(actions ?? [], attempt, group)
      guard group.connection(rank) === connection else { return }
    }
    if connection.isOverlong { return perform(overlong(group, rank), attempt, group) }
    if state == .closed {
      group.server?.detach(rank)
      hangUp(group, rank)
    }
  }

  private func overlong(_ group: TaskGroup, _ rank: Int) -> [PMIServer.Action] {
    group.server?.expel(rank, "a line of more than \(PMILimits.lineBytes) bytes") ?? []
  }

  private func perform(_ actions: [PMIServer.Action], _ attempt: Attempt, _ group: TaskGroup) {
    for action in actions {
      switch action {
      case .reply(let rank, let line): reply(line, attempt, group, rank)
      case .close(let rank): hangUp(group, rank)
      case .abort(let rank, let exitCode, let message):
        attempt.count(status: (exitCode & 0xFF) << 8)
        endAll(of: attempt, .aborted(rank: rank, exitCode: exitCode, message: message))
      }
    }
  }

  private func reply(_ line: String, _ attempt: Attempt, _ group: TaskGroup, _ rank: Int) {
    switch group.connection(rank)?.send(line) {
    case nil, .sent: break
    case .gone:
      group.server?.detach(rank)
      hangUp(group, rank)
    case .full: perform(group.server?.expel(rank, "answers are not read") ?? [], attempt, group)
    }
  }

  private func hangUp(_ group: TaskGroup, _ rank: Int) {
    guard let connection = group.connection(rank) else { return }
    channels.remove(connection.descriptor)
    group.disconnect(rank)
  }

  // MARK: Ends of tasks

  /// One of several tasks was reaped: what it said last counts, and then what its end means for the others.
  func takeExit(of pid: pid_t, _ status: Int32, _ attempt: Attempt, _ group: TaskGroup) {
    guard let rank = group.ranks.removeValue(forKey: pid) else { return attempt.count(status: status) }
    // Its last words may lie in the socket: an abort, or finalize.
    readPMI(attempt, rank)
    attempt.closeChannels(of: rank, channels)
    let isEnding = attempt.killDeadline != nil
    attempt.count(status: status)
    guard !isEnding, attempt.phase == .running || attempt.phase == .waiting,
      !attempt.living.isEmpty || !attempt.isLaunched
    else { return }
    let exit = ExitPolicy.Exit(
      status: status, leftPMI: group.leftPMI(rank), wasSignalled: group.sentSignals.contains(status & 0x7F))
    switch group.policy.take(exit) {
    case .goOn: break
    case .end: endAll(of: attempt, .taskFailed(rank: rank, waitStatus: status))
    case .endLater(let pause):
      let deadline = MonotonicTime.now.advanced(by: pause)
      group.exitDeadline = (rank, status, deadline)
      timers.insert(.exits(attempt.id), at: deadline)
    }
  }

  /// The time after an unexpected exit is over, and others still run.
  func endForExit(_ attempt: Attempt) {
    guard let (rank, status, _) = attempt.group?.exitDeadline else { return }
    endAll(of: attempt, .taskFailed(rank: rank, waitStatus: status))
  }

  /// Ends the attempt for what one of its tasks did.
  private func endAll(of attempt: Attempt, _ cause: AttemptEnd.Cause) {
    switch attempt.phase {
    case .waiting: abandon(attempt, cause)
    case .running: beginEnding(attempt, cause, grace: attempt.grace)
    case .draining, .ended: attempt.noteCause(cause)
    }
  }
}
