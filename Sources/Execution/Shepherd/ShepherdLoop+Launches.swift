import BrokerCore
import Glibc
import Vocabulary

/// A task between its process's beginning and its program's.
struct PendingLaunch {
  let launch: Launch
  let attempt: Attempt
  let rank: Int
}

extension ShepherdLoop {
  /// Attempts that one turn launches, so that exits and orders are seen in between.
  private static let launchesPerTurn = 8
  /// Launches under way, each of which holds some 20 KiB; more than there are cores on most hosts.
  private static let pendingLimit = 64
  /// Tries of a task that fails for want of memory, processes or descriptors: with pauses from 10 ms that double
  /// up to a second, about five seconds in all.
  private static let shortageLimit = 10

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
    attempt.isRelaunchDue = false
    defer { nameSoon(attempt) }
    do throws(TaskLauncher.Failure) {
      try makeLeaf(attempt)
      collectOutput(of: attempt, order)
      try launcher.launch(attempt, order, channels) { launch, rank in
        register(PendingLaunch(launch: launch, attempt: attempt, rank: rank))
        if pendingLaunches.count >= Self.pendingLimit { conclude(pendingLaunches.removeFirst()) }
      }
    } catch {
      return handle(error, attempt)
    }
    beginIfLaunched(attempt)
  }

  /// The process is the attempt's from now on, whether or not its program will run.
  private func register(_ pending: PendingLaunch) {
    let (pid, attempt) = (pending.launch.pid, pending.attempt)
    pendingLaunches.append(pending)
    attempt.unconfirmed += 1
    attempt.living.insert(pid)
    attempt.sessions.append(pid)
    leaders[pid] = attempt.id
    sessions[pid] = attempt.id
    attempt.group?.ranks[pid] = pending.rank
    if attempt.input != nil { feed(attempt, pending.rank) }
    hasNoChildren = false
  }

  /// Takes in which programs run by now, and which cannot.
  func concludeLaunches(waiting: Bool = false) {
    guard !pendingLaunches.isEmpty else { return }
    let pending = pendingLaunches
    pendingLaunches.removeAll(keepingCapacity: true)
    for launch in pending {
      if waiting || launch.launch.isOver { conclude(launch) } else { pendingLaunches.append(launch) }
    }
  }

  private func conclude(_ pending: PendingLaunch) {
    let (pid, attempt) = (pending.launch.pid, pending.attempt)
    attempt.unconfirmed -= 1
    do throws(ProcessImage.Failure) {
      try pending.launch.finish()
      beginIfLaunched(attempt)
    } catch {
      // It ends right now without having run anything, so it counts as never launched.
      _ = waitpid(pid, nil, 0)
      leaders[pid] = nil
      sessions[pid] = nil
      attempt.living.remove(pid)
      attempt.sessions.removeAll { $0 == pid }
      attempt.unlaunched.append(pending.rank)
      attempt.group?.ranks[pid] = nil
      attempt.closeChannels(of: pending.rank, channels, mayReturn: true)
      if attempt.phase == .waiting {
        if let order = attempt.order { handle(TaskLauncher.failure(error, order), attempt) }
      } else if attempt.phase == .running, attempt.living.isEmpty {
        drain(attempt)
      }
    }
  }

  /// A group per attempt costs two directories, so only those get one that need it or are told to.
  private func makeLeaf(_ attempt: Attempt) throws(TaskLauncher.Failure) {
    guard let cgroups, attempt.leaf == nil else { return }
    if configuration.cgroups == .automatic && attempt.memoryLimit == nil { return }
    let name = "\(hexadecimal(attempt.id.job.rawValue)).\(attempt.id.number)"
    do throws(SystemError) {
      attempt.leaf = try cgroups.makeLeaf(named: name, memoryLimit: attempt.memoryLimit)
    } catch {
      throw TaskLauncher.Failure(reason: "cgroup: \(error.text)", isShortage: error.isShortage)
    }
  }

  private func beginIfLaunched(_ attempt: Attempt) {
    guard attempt.phase == .waiting, attempt.isLaunched else { return }
    failpoints.pass(.afterSpawnBeforeReport)
    attempt.phase = .running
    attempt.order = nil
    let time = Timestamp.now
    attempt.startedAt = time
    attempt.began = MonotonicTime.now
    armLimit(of: attempt)
    if attempt.needsMemoryWatch { watchMemory(of: attempt) }
    send(.report(.started(attempt.id, at: time)))
    if attempt.living.isEmpty { drain(attempt) }
  }

  private func handle(_ failure: TaskLauncher.Failure, _ attempt: Attempt) {
    // Several tasks of one attempt may have failed for the same want.
    if attempt.isRelaunchDue && failure.isShortage { return }
    if failure.isShortage, attempt.shortages < Self.shortageLimit {
      let pause = min(Int64(10) << Int64(attempt.shortages), 1_000)
      attempt.shortages += 1
      attempt.isRelaunchDue = true
      timers.insert(.relaunch(attempt.id), at: MonotonicTime.now.advanced(by: .milliseconds(pause)))
      return
    }
    // A program around the job, whose number says more than which attempt it is, has a status only if it ran.
    if let code = failure.exitCode, attempt.id.number == attempt.id.attempt { attempt.count(status: code << 8) }
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

  // MARK: Names of output files

  /// Whoever follows what a task writes sees it from this moment on.
  private func nameSoon(_ attempt: Attempt) {
    guard attempt.hasOpenStreams else { return }
    if files.isFull || attempt.output.isNamed || attempt.error.isNamed {
      nameStreams(of: attempt)
    } else {
      timers.insert(.name(attempt.id), at: MonotonicTime.now.advanced(by: OutputFiles.namelessTime))
    }
  }

  func nameStreams(of attempt: Attempt) {
    files.name(&attempt.output, of: attempt.id)
    files.name(&attempt.error, of: attempt.id)
    boundOutput(of: attempt)
  }
}
