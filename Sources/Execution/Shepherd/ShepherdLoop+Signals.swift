import BrokerCore
import Glibc
import Vocabulary

extension ShepherdLoop {
  /// The kernel's highest signal.
  private static let highestSignal: Int32 = 64

  func signal(_ id: AttemptID, _ number: Int32) {
    guard let attempt = attempts[id], attempt.phase == .running, (1...Self.highestSignal).contains(number)
    else {
      return
    }
    signalEverything(of: attempt, number)
  }

  func terminate(_ id: AttemptID, grace: TimeSpan) {
    guard let attempt = attempts[id] ?? neverStarted(id) else { return }
    // A program that is on its way is given its grace as any other.
    if attempt.unconfirmed > 0 { concludeLaunches(waiting: true) }
    switch attempt.phase {
    case .waiting: abandon(attempt, .terminated)
    case .running: beginEnding(attempt, .terminated, grace: grace)
    case .draining, .ended: break
    }
  }

  /// Its start was lost, was never given because the job was ended in the same batch, or is still to come and then
  /// not carried out. Somebody has to say that it ended.
  private func neverStarted(_ id: AttemptID) -> Attempt? {
    guard !recent.contains(id), !isRetiring else { return nil }
    let attempt = Attempt(neverStarted: id)
    attempts[id] = attempt
    return attempt
  }

  /// SIGTERM now, SIGKILL after `grace`. An attempt that is being ended already is not disturbed again; its
  /// SIGKILL only comes sooner when the new order says so.
  func beginEnding(_ attempt: Attempt, _ cause: AttemptEnd.Cause, grace: TimeSpan) {
    attempt.noteCause(cause)
    let deadline = MonotonicTime.now.advanced(by: max(grace, .zero))
    let isFirst = attempt.killDeadline == nil
    if attempt.killDeadline.map({ deadline < $0 }) ?? true {
      attempt.killDeadline = deadline
      timers.insert(.kill(attempt.id), at: deadline)
    }
    guard isFirst else { return }
    signalEverything(of: attempt, SIGTERM)
    // What is stopped could not act on SIGTERM.
    signalEverything(of: attempt, SIGCONT)
  }

  func killEverything(of attempt: Attempt) {
    attempt.leaf?.kill()
    signalEverything(of: attempt, SIGKILL)
  }

  /// The tasks' process groups at once; what left them at the end of this turn, by one reading of `/proc` for all.
  private func signalEverything(of attempt: Attempt, _ number: Int32) {
    attempt.group?.sentSignals.insert(number)
    // A leader that was not reaped holds its number, so no other group can be hit.
    for leader in attempt.living {
      // One that is on its way to its program may not lead a group yet.
      if kill(-leader, number) != 0 { kill(leader, number) }
    }
    wideSignals.append((attempt.id, number))
  }

  func sendWideSignals() {
    guard !wideSignals.isEmpty else { return }
    let table = ProcessTable.read()
    var members: [AttemptID: [ProcessTable.Entry]] = [:]
    for (id, _) in wideSignals { members[id] = [] }
    for child in table.childrenOf(getpid()) {
      guard let id = owner(of: child), let attempt = attempts[id], members[id] != nil else { continue }
      for pid in table.tree(from: child) {
        if let entry = table.entries[pid], !attempt.living.contains(entry.group) {
          members[id]?.append(entry)
        }
      }
    }
    for (id, number) in wideSignals {
      for entry in members[id] ?? [] where !entry.isZombie { kill(entry.pid, number) }
    }
    wideSignals = []
  }

  /// The attempt that a direct child belongs to: by its own number, by its session, or by the mark it was started
  /// with. `nil` for a process that left its session and cleared its environment.
  func owner(of child: pid_t) -> AttemptID? {
    if let known = leaders[child] ?? strays[child] { return known }
    guard let entry = ProcessTable.Entry(readingProcess: child) else { return nil }
    var found = sessions[entry.session]
    if found == nil, let mark = ShepherdMark(readingProcess: child), mark.incarnation == incarnation {
      found = mark.attempt
    }
    strays[child] = found
    return found
  }
}
