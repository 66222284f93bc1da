import BrokerCore
import Glibc
import Vocabulary

/// What a deadline is for.
enum ShepherdTimer {
  /// The time limit of an attempt.
  case limit(AttemptID)
  /// The signal that comes before it.
  case warning(AttemptID)
  /// The time after which the end of one task is that of all.
  case exits(AttemptID)
  /// Another try to give it its input.
  case feed(AttemptID)
  /// Another try to write what its tasks wrote.
  case collect(AttemptID)
  /// Another look at how much its tasks wrote.
  case bound(AttemptID)
  /// The end of its grace.
  case kill(AttemptID)
  /// Another try after a shortage.
  case relaunch(AttemptID)
  /// The streams of an attempt that is not young any more get their names.
  case name(AttemptID)
  /// Another look at what is left of draining attempts.
  case settle
  case reap
  case memory
  case accept
  /// Another look whether the instance is still there.
  case abandoned
}

extension ShepherdLoop {
  /// Four looks a second: a program that takes memory faster is the kernel's to end.
  private static let memoryPause = TimeSpan.milliseconds(250)

  func fireTimers() {
    guard timers.first != nil else { return }
    let now = MonotonicTime.now
    while let (deadline, timer) = timers.popDue(at: now) { fire(timer, deadline) }
    // Deadlines of ended attempts stay in the heap until then; jobs are short and limits long.
    if timers.count > 1_024 + 4 * attempts.count {
      timers.keep { deadline, timer in isWanted(timer, deadline) }
    }
  }

  private func fire(_ timer: ShepherdTimer, _ deadline: MonotonicTime) {
    guard isWanted(timer, deadline) else { return }
    switch timer {
    case .limit(let id):
      if let attempt = attempts[id] { beginEnding(attempt, .timeLimit, grace: attempt.grace) }
    case .warning(let id):
      if let attempt = attempts[id], let warning = attempt.warning { signal(id, warning.signal) }
    case .exits(let id):
      if let attempt = attempts[id] { endForExit(attempt) }
    case .feed(let id):
      if let attempt = attempts[id] { feedAll(attempt) }
    case .collect(let id):
      if let attempt = attempts[id] { resumeCollecting(attempt) }
    case .bound(let id):
      if let attempt = attempts[id] { boundOutput(of: attempt) }
    case .kill(let id):
      if let attempt = attempts[id] { killEverything(of: attempt) }
    case .relaunch(let id): waiting.append(id)
    case .name(let id):
      if let attempt = attempts[id] { nameStreams(of: attempt) }
    case .settle: needsSettling = true
    case .reap: reapChildren()
    case .memory: checkMemory()
    case .accept: isAcceptPaused = false
    case .abandoned: retireIfAbandoned()
    }
  }

  private func isWanted(_ timer: ShepherdTimer, _ deadline: MonotonicTime) -> Bool {
    switch timer {
    case .limit(let id): attempts[id]?.phase == .running && attempts[id]?.limitDeadline == deadline
    case .warning(let id): attempts[id]?.phase == .running && attempts[id]?.warningDeadline == deadline
    case .exits(let id): attempts[id]?.group?.exitDeadline?.deadline == deadline
    case .feed(let id): attempts[id]?.phase == .running || attempts[id]?.phase == .waiting
    case .collect(let id): attempts[id]?.phase != .ended && attempts[id]?.collectDeadline == deadline
    case .bound(let id): attempts[id]?.phase != .ended && attempts[id]?.boundDeadline == deadline
    case .kill(let id): attempts[id]?.phase == .running && attempts[id]?.killDeadline == deadline
    case .relaunch(let id): attempts[id]?.phase == .waiting
    case .name(let id): attempts[id]?.hasOpenStreams == true
    case .settle, .reap, .memory, .accept, .abandoned: true
    }
  }

  // MARK: Time limits

  /// Another limit than the attempt began with; one that is over already ends it at once.
  func limit(_ id: AttemptID, _ timeLimit: TimeSpan?) {
    guard let attempt = attempts[id], attempt.timeLimit != timeLimit else { return }
    attempt.timeLimit = timeLimit
    if attempt.phase == .running { armLimit(of: attempt) }
  }

  func armLimit(of attempt: Attempt) {
    attempt.limitDeadline = nil
    attempt.warningDeadline = nil
    guard let limit = attempt.timeLimit, let began = attempt.began else { return }
    let deadline = began.advanced(by: limit)
    attempt.limitDeadline = deadline
    timers.insert(.limit(attempt.id), at: deadline)
    guard let warning = attempt.warning else { return }
    let pause = TimeSpan(microseconds: max(0, limit.microseconds - max(0, warning.before.microseconds)))
    attempt.warningDeadline = began.advanced(by: pause)
    timers.insert(.warning(attempt.id), at: began.advanced(by: pause))
  }

  // MARK: An instance that is gone

  /// Somebody who removed a state directory wants nothing of it to go on.
  private static let abandonedPause = TimeSpan.seconds(10)

  /// Without its socket no broker can come back: what runs is ended, and the shepherd with it.
  func retireIfAbandoned() {
    if broker == nil, !LocalSocket.exists(at: configuration.socketPath) { retire(endingAll: true) }
    timers.insert(.abandoned, at: MonotonicTime.now.advanced(by: Self.abandonedPause))
  }

  // MARK: Memory without control groups

  func watchMemory(of attempt: Attempt) {
    memoryWatched.insert(attempt.id)
    armMemoryTimer()
  }

  /// Ends the attempts whose processes hold more than their limit. Pages that several share count for each: the
  /// address-space limit would be wrong for many programs, and exact shares cost a walk through every mapping.
  private func checkMemory() {
    isMemoryTimerArmed = false
    guard !memoryWatched.isEmpty else { return }
    let table = ProcessTable.read()
    let pageBytes = Int64(getpagesize())
    var bytes: [AttemptID: Int64] = [:]
    for child in table.childrenOf(getpid()) {
      guard let id = owner(of: child), memoryWatched.contains(id) else { continue }
      for pid in table.tree(from: child) {
        bytes[id, default: 0] += (table.entries[pid]?.residentPages ?? 0) * pageBytes
      }
    }
    for (id, used) in bytes.sorted(by: { $0.key < $1.key }) {
      guard let attempt = attempts[id], let limit = attempt.memoryLimit, used > limit else { continue }
      Self.log(
        "attempt \(id.attempt) of job \(hexadecimal(id.job.rawValue)) holds \(used) bytes of \(limit): killed"
      )
      attempt.wasKilledForMemory = true
      killEverything(of: attempt)
    }
    armMemoryTimer()
  }

  private func armMemoryTimer() {
    if isMemoryTimerArmed { return }
    isMemoryTimerArmed = true
    timers.insert(.memory, at: MonotonicTime.now.advanced(by: Self.memoryPause))
  }
}
