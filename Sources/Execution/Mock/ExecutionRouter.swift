public import BrokerCore
import Synchronization

/// Sends orders of mock attempts to the mock and all others to the shepherd.
public final class ExecutionRouter: ExecutionPort {
  private let mock: any ExecutionPort
  private let shepherd: any ExecutionPort
  /// Attempts that went to the mock and whose end is not acknowledged.
  private let mocked = Mutex<Set<AttemptID>>([])

  /// - Parameter mock: must not report that it joined: the core takes a `joined` as the list of everything that
  ///   runs, and would call the shepherd's attempts lost.
  public init(mock: any ExecutionPort, shepherd: any ExecutionPort) {
    self.mock = mock
    self.shepherd = shepherd
  }

  public func carryOut(_ orders: [ExecutionOrder]) {
    var (forMock, forShepherd): ([ExecutionOrder], [ExecutionOrder]) = ([], [])
    mocked.withLock { mocked in
      for order in orders {
        if Self.isForMock(order, &mocked) { forMock.append(order) } else { forShepherd.append(order) }
      }
    }
    if !forMock.isEmpty { mock.carryOut(forMock) }
    if !forShepherd.isEmpty { shepherd.carryOut(forShepherd) }
  }

  public func admit(incarnation: UInt64) { shepherd.admit(incarnation: incarnation) }

  private static func isForMock(_ order: ExecutionOrder, _ mocked: inout Set<AttemptID>) -> Bool {
    switch order {
    case .start(let start):
      if start.mockDuration != nil { mocked.insert(start.id) }
      return start.mockDuration != nil
    case .signal(let id, _), .limit(let id, _), .terminate(let id, _), .acknowledge(let id, .started):
      return mocked.contains(id)
    case .acknowledge(let id, .ended): return mocked.remove(id) != nil
    }
  }
}
