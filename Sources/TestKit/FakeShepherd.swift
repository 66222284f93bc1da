public import BrokerCore
import Jobs
public import Persistent
public import ResourceGraph
public import Vocabulary

/// A virtual host and the shepherd on it: keeps the promises of `ExecutionPort` and counts what it executes.
///
/// It never looks at the broker: what it counted is the witness against it.
public struct FakeShepherd: Sendable {
  /// How a program will behave.
  public struct Behaviour: Sendable {
    public var runTime: TimeSpan
    public var ignoresTermination: Bool
    public var waitStatus: Int32
    /// Why it cannot be started.
    public var startFailure: String?

    public init(
      runTime: TimeSpan, ignoresTermination: Bool = false, waitStatus: Int32 = 0, startFailure: String? = nil
    ) {
      self.runTime = runTime
      self.ignoresTermination = ignoresTermination
      self.waitStatus = waitStatus
      self.startFailure = startFailure
    }
  }

  /// What follows from an order or from time.
  public enum Reaction: Sendable {
    case report(ExecutionReport)
    /// `expire` is to be called after this long.
    case later(TimeSpan, Alarm)
  }

  /// The end of an attempt, if it is still the one planned.
  public struct Alarm: Sendable {
    let incarnation: UInt64
    let attempt: AttemptID
    let number: Int
    let end: AttemptEnd
  }

  private struct Attempt {
    var behaviour: Behaviour
    /// The alarm that counts; earlier ones are void.
    var alarm = 0
    var isStartOwed: Bool
    var end: AttemptEnd?
    var endedAt = Timestamp(microseconds: 0)
    var startedAt: Timestamp
  }

  /// New whenever the shepherd lost its memory.
  public private(set) var incarnation: UInt64
  private var attempts = SortedMap<AttemptID, Attempt>()
  /// Programs executed, by attempt, over all incarnations.
  public private(set) var executions = SortedMap<AttemptID, Int>()
  /// What living programs use.
  public private(set) var alive = SortedMap<AttemptID, [Grant]>()

  /// A job gives back what its programs have left, and uses what it is granted.
  mutating func resize(_ job: JobID, to grants: [Grant]) {
    for (id, _) in alive where id.job == job && id.stage != .housekeeping { alive[id] = grants }
  }

  public init(incarnation: UInt64) { self.incarnation = incarnation }

  public var known: [AttemptID] { Array(attempts.keys) }

  public var owedReports: [ExecutionReport] {
    attempts.flatMap { id, attempt -> [ExecutionReport] in
      var owed: [ExecutionReport] = attempt.isStartOwed ? [.started(id, at: attempt.startedAt)] : []
      if let end = attempt.end { owed.append(.ended(id, at: attempt.endedAt, end)) }
      return owed
    }
  }

  /// - Parameters:
  ///   - grants: what the attempt will use.
  ///   - behaviour: called once, for a program that is executed.
  public mutating func carryOut(
    _ order: ExecutionOrder, using grants: [Grant], at now: Timestamp, behaviour: () -> Behaviour
  ) -> [Reaction] {
    switch order {
    case .start(let start): return self.start(start, using: grants, at: now, behaviour())
    case .signal, .limit: return []
    case .terminate(let id, let grace): return terminate(id, grace: grace, at: now)
    case .acknowledge(let id, .started):
      attempts.modify(id) { $0.isStartOwed = false }
      return []
    case .acknowledge(let id, .ended):
      if attempts[id]?.end != nil { attempts[id] = nil }
      return []
    }
  }

  private mutating func start(
    _ order: StartOrder, using grants: [Grant], at now: Timestamp, _ behaviour: Behaviour
  ) -> [Reaction] {
    guard attempts[order.id] == nil else { return [] }
    attempts[order.id] = Attempt(behaviour: behaviour, isStartOwed: false, startedAt: now)
    if let reason = behaviour.startFailure {
      return end(order.id, AttemptEnd(.notStarted(reason), 0), at: now)
    }
    executions[order.id] = (executions[order.id] ?? 0) + 1
    alive[order.id] = grants
    attempts.modify(order.id) { $0.isStartOwed = true }
    let limit = order.timeLimit ?? behaviour.runTime
    let alarm: Reaction
    if limit < behaviour.runTime {
      let overrun = behaviour.ignoresTermination ? order.grace : .milliseconds(1)
      let total = TimeSpan(microseconds: limit.microseconds + overrun.microseconds)
      alarm = plan(order.id, after: total, AttemptEnd(.timeLimit, behaviour.ignoresTermination ? 9 : 15))
    } else {
      alarm = plan(order.id, after: behaviour.runTime, AttemptEnd(.exited, behaviour.waitStatus))
    }
    return [.report(.started(order.id, at: now)), alarm]
  }

  private mutating func terminate(_ id: AttemptID, grace: TimeSpan, at now: Timestamp) -> [Reaction] {
    guard let attempt = attempts[id] else {
      attempts[id] = Attempt(behaviour: Behaviour(runTime: .zero), isStartOwed: false, startedAt: now)
      return end(id, AttemptEnd(.terminated, 0), at: now)
    }
    if let end = attempt.end { return [.report(.ended(id, at: attempt.endedAt, end))] }
    let isStubborn = attempt.behaviour.ignoresTermination
    return [
      plan(id, after: isStubborn ? grace : .milliseconds(1), AttemptEnd(.terminated, isStubborn ? 9 : 15))
    ]
  }

  private mutating func plan(_ id: AttemptID, after span: TimeSpan, _ end: AttemptEnd) -> Reaction {
    let number = attempts.modify(id) { attempt -> Int in
      attempt.alarm += 1
      return attempt.alarm
    }
    return .later(span, Alarm(incarnation: incarnation, attempt: id, number: number ?? 0, end: end))
  }

  public mutating func expire(_ alarm: Alarm, at now: Timestamp) -> [Reaction] {
    guard alarm.incarnation == incarnation, let attempt = attempts[alarm.attempt],
      attempt.alarm == alarm.number,
      attempt.end == nil
    else { return [] }
    return end(alarm.attempt, alarm.end, at: now)
  }

  private mutating func end(_ id: AttemptID, _ end: AttemptEnd, at now: Timestamp) -> [Reaction] {
    alive[id] = nil
    attempts.modify(id) { attempt in
      attempt.end = end
      attempt.endedAt = now
    }
    return [.report(.ended(id, at: now, end))]
  }

  /// The shepherd dies, and every program with it; another one begins with nothing.
  public mutating func crash(newIncarnation: UInt64) {
    incarnation = newIncarnation
    attempts = SortedMap()
    alive = SortedMap()
  }
}

extension AttemptEnd {
  public init(_ cause: Cause, _ waitStatus: Int32) {
    self.init(cause: cause, waitStatus: waitStatus, cpuTime: .milliseconds(1), peakMemoryKiB: 100)
  }
}
