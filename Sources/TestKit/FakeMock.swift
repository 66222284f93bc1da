import BrokerCore
import Vocabulary

/// Mock execution inside the broker's process: no programs, no memory beyond the process.
struct FakeMock {
  private var running: [AttemptID: Int] = [:]
  private var alarms = 0

  enum Reaction {
    case report(ExecutionReport)
    /// `expire` is to be called after this long.
    case later(TimeSpan, AttemptID, number: Int)
  }

  mutating func carryOut(_ order: ExecutionOrder, at now: Timestamp) -> [Reaction] {
    switch order {
    case .start(let start):
      guard running[start.id] == nil, let duration = start.mockDuration else { return [] }
      alarms += 1
      running[start.id] = alarms
      let begun = min(start.startedAt ?? now, now)
      let rest = max(0, duration.microseconds - now.since(begun).microseconds)
      return [
        .report(.started(start.id, at: begun)),
        .later(TimeSpan(microseconds: rest), start.id, number: alarms),
      ]
    case .terminate(let id, _):
      running[id] = nil
      return [.report(.ended(id, at: now, AttemptEnd(.terminated, 15)))]
    case .signal, .limit, .acknowledge: return []
    }
  }

  mutating func expire(_ id: AttemptID, number: Int, at now: Timestamp) -> [Reaction] {
    guard running[id] == number else { return [] }
    running[id] = nil
    return [.report(.ended(id, at: now, AttemptEnd(.exited, 0)))]
  }
}
