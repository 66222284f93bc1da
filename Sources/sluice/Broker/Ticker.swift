import BrokerCore
import Dispatch
import Hosting

/// Tells the core that time passes.
final class Ticker: Sendable {
  /// Only what is kept for hours depends on it.
  private static let seconds = 30.0

  private let stopped = DispatchSemaphore(value: 0)

  init(_ broker: Broker) {
    let stopped = stopped
    _ = WorkerThread("tick") {
      while stopped.wait(timeout: .now() + Self.seconds) == .timedOut { broker.post(.tick) }
    }
  }

  func stop() { stopped.signal() }
}
