import BrokerCore
import CProcess
import Glibc
import Vocabulary

extension ShepherdLoop {
  /// Children reaped in one turn, so that orders are seen in between.
  private static let reapsPerTurn = 256
  /// Pauses between two looks at what is left of an attempt; most of it is told by SIGCHLD anyway.
  private static let settlePauses = (first: TimeSpan.milliseconds(5), last: TimeSpan.milliseconds(500))
  /// Looks at a process that seems to be in an exec: over 150 ms by the pauses above, and an exec takes one.
  private static let lookLimit = 5

  func reapChildren() {
    drainChildEvents()
    for _ in 0..<Self.reapsPerTurn {
      let pid = sluice_peek_ended_child()
      guard pid > 0 else {
        hasNoChildren = pid == -ECHILD
        return
      }
      reap(pid)
    }
    // More may have ended than this turn reaps, and their event is taken off already.
    timers.insert(.reap, at: .now)
  }

  private func reap(_ pid: pid_t) {
    // It may have ended because its program could not run.
    concludeLaunches()
    let id = leaders[pid]
    let attempt = id.flatMap { attempts[$0] }
    // The zombie still holds the group's number: what is left in the group of the last task goes now, and surely
    // nobody else's.
    if attempt?.living.count == 1 { kill(-pid, SIGKILL) }
    var status: Int32 = 0
    var usage = rusage()
    guard unsafe wait4(pid, &status, WNOHANG, &usage) == pid else { return }
    if let attempt {
      leaders[pid] = nil
      attempt.living.remove(pid)
      attempt.account(usage)
      if let group = attempt.group {
        takeExit(of: pid, status, attempt, group)
      } else {
        attempt.count(status: status)
      }
      if attempt.living.isEmpty, attempt.phase == .running { drain(attempt) }
    } else {
      let owner = strays.removeValue(forKey: pid)
      looks[pid] = nil
      if let owner, let attempt = attempts[owner], attempt.phase != .ended {
        attempt.account(usage)
      }
      needsSettling = true
    }
  }

  /// All tasks are reaped; the attempt ends as soon as nothing is left of it.
  func drain(_ attempt: Attempt) {
    attempt.phase = .draining
    attempt.leaf?.kill()
    draining.append(attempt.id)
    needsSettling = true
    settlePause = Self.settlePauses.first
  }

  /// Ends the attempts of which nothing is left, and kills what is left of the others.
  ///
  /// When the last task of an attempt is reaped, whatever it had started hangs below a direct child of this
  /// process, since the kernel gives orphans to their subreaper. So nothing is left of any attempt where the direct
  /// children are exactly the running tasks, and that takes one read for all attempts of a turn.
  func settle() {
    guard needsSettling else { return }
    needsSettling = false
    guard !draining.isEmpty else { return }
    let blocked = hasNoChildren ? [] : endStrays()
    var remaining: [AttemptID] = []
    for id in draining {
      guard let attempt = attempts[id] else { continue }
      if blocked.contains(id) || attempt.leaf?.isEmpty == false {
        attempt.leaf?.kill()
        remaining.append(id)
      } else {
        finish(attempt)
      }
    }
    draining = remaining
    guard !remaining.isEmpty else { return }
    timers.insert(.settle, at: MonotonicTime.now.advanced(by: settlePause))
    settlePause = min(TimeSpan(microseconds: settlePause.microseconds * 2), Self.settlePauses.last)
  }

  /// Kills the adopted processes of attempts that are over.
  ///
  /// One whose attempt cannot be told is killed as well: it left its session and cleared its environment, and may
  /// be part of an attempt that ends now. A host with control groups for every attempt has no such doubt.
  ///
  /// - Returns: the attempts of which something was found.
  private func endStrays() -> Set<AttemptID> {
    var found: [pid_t] = []
    children.forEach { pid in if leaders[pid] == nil { found.append(pid) } }
    var blocked: Set<AttemptID> = []
    var table: ProcessTable?
    for stray in found {
      let owner = owner(of: stray)
      if let owner, let attempt = attempts[owner], attempt.phase == .running || attempt.phase == .waiting {
        continue
      }
      if let owner { blocked.insert(owner) } else { blocked.formUnion(draining) }
      if owner == nil, mayTellLater(stray) { continue }
      let processes = table ?? ProcessTable.read()
      table = processes
      for pid in processes.tree(from: stray) { kill(pid, SIGKILL) }
    }
    return blocked
  }

  /// A process in the middle of an exec shows neither its old environment nor its new one, nor any arguments.
  private func mayTellLater(_ stray: pid_t) -> Bool {
    let arguments = contents(ofFile: "/proc/\(stray)/cmdline", limit: 1)
    guard arguments?.isEmpty == true, looks[stray, default: 0] < Self.lookLimit else { return false }
    looks[stray, default: 0] += 1
    return true
  }

  private func finish(_ attempt: Attempt) {
    for session in attempt.sessions where sessions[session] == attempt.id { sessions[session] = nil }
    memoryWatched.remove(attempt.id)
    if let leaf = attempt.leaf {
      if attempt.worstStatus != 0, leaf.hasMemoryKill { attempt.wasKilledForMemory = true }
      if !leaf.remove() { busyLeaves.append(leaf) }
    }
    if attempt.group != nil || attempt.input != nil { attempt.closeAllChannels(channels) }
    finishCollecting(attempt)
    files.finish(&attempt.output, of: attempt.id)
    files.finish(&attempt.error, of: attempt.id)
    for stream in [attempt.output, attempt.error] where stream.isNamed {
      _ = files.bound(stream, of: attempt.id, limit: attempt.outputLimit)
    }
    if attempt.tokenPath != nil { launcher.tokens.remove(attempt.id) }
    if let directory = attempt.directory { launcher.directories.give(directory) }
    failpoints.pass(.beforeReport)
    attempt.end(at: .now)
    if let report = attempt.owedReports.last { send(report) }
    busyLeaves.removeAll { $0.remove() }
  }
}
