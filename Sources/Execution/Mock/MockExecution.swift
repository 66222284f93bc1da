public import BrokerCore
import Glibc
import Synchronization
import Vocabulary

/// An execution that makes no process: attempts last as long as they say.
///
/// For measuring everything else at a scale that no host could run, and for trying out policies. Lives in the
/// broker: what it forgets with it is started again by the core, with the time at which it began.
public final class MockExecution: ExecutionPort {
  private let sink: ExecutionReportSink
  private let pipe = WakePipe()
  private let shared: Mutex<Shared>
  private let thread = Mutex<WorkerThread?>(nil)

  private struct Shared {
    var orders: [ExecutionOrder] = []
    var mustJoin: Bool
    var isStopping = false
  }

  /// - Parameters:
  ///   - joins: whether it reports that it joined; false behind an `ExecutionRouter`.
  ///   - sink: gets every report, in batches, on the mock's own thread.
  public init(joins: Bool, sink: @escaping ExecutionReportSink) {
    self.sink = sink
    shared = Mutex(Shared(mustJoin: joins))
  }

  /// Begins to carry out orders; called once.
  public func start() {
    thread.withLock { $0 = WorkerThread { self.run() } }
  }

  /// Forgets every attempt. Returns when the last report was handed over.
  public func stop() {
    shared.withLock { $0.isStopping = true }
    pipe.wake()
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    running?.join()
  }

  public func carryOut(_ orders: [ExecutionOrder]) {
    let wasEmpty = shared.withLock { shared in
      defer { shared.orders.append(contentsOf: orders) }
      return shared.orders.isEmpty
    }
    if wasEmpty { pipe.wake() }
  }

  private func run() {
    var attempts = MockAttempts()
    while true {
      let (orders, mustJoin, isStopping) = shared.withLock { shared in
        defer {
          shared.orders = []
          shared.mustJoin = false
        }
        return (shared.orders, shared.mustJoin, shared.isStopping)
      }
      if isStopping { return }
      var reports: [ExecutionReport] = []
      if mustJoin { reports.append(.joined(incarnation: UInt64.random(in: 1...UInt64.max), known: [])) }
      let (wall, clock) = (Timestamp.now, MonotonicTime.now)
      for order in orders { attempts.carryOut(order, wall, clock, &reports) }
      attempts.endDue(wall, clock, &reports)
      if !reports.isEmpty { sink(reports) }
      if orders.isEmpty || shared.withLock({ $0.orders.isEmpty }) {
        pipe.wait(milliseconds: attempts.nextDeadline?.millisecondsSince(.now) ?? -1)
      }
    }
  }
}
