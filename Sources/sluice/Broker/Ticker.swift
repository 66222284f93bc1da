import BrokerCore
import Dispatch
import Hosting

/// Tells the core that time passes.
final class Ticker: Sendable {
  /// For what is kept for hours.
  private static let ticksPerHousekeeping = 120
  /// How late it may be noticed that a time has come.
  private static let seconds = 0.25

  private let stopped = DispatchSemaphore(value: 0)

  /// - Parameter housekeeping: called now and then; must not block.
  init(_ broker: Broker, housekeeping: @escaping @Sendable () -> Void) {
    let stopped = stopped
    _ = WorkerThread("tick") {
      var tick = 0
      while stopped.wait(timeout: .now() + Self.seconds) == .timedOut {
        tick += 1
        if tick % Self.ticksPerHousekeeping == 0 { housekeeping() }
        let now = broker.ports.now()
        let state = broker.snapshot
        if tick % Self.ticksPerHousekeeping == 0 || state.isTickDue(at: now) { broker.post(.tick) }
        if state.owesSettling(at: now) { broker.post(.settle) }
      }
    }
  }

  func stop() { stopped.signal() }
}
