import CMicrohttpd
import Synchronization

/// Parks one connection and resumes it exactly once, whatever races with what.
///
///     running --signal--> signalled --rearm--> running
///     running --suspend--> suspended --signal--> signalled (resumes)
///     any --detach--> gone
///
/// A signal since the last `rearm` makes `suspend` refuse, so no wake is lost.  The library's suspend and
/// resume run under the lock: they call nothing of ours, and a parked connection cannot be freed, so the
/// pointer is valid whenever the state is `suspended`.
final class Suspension: Sendable {
  enum Outcome {
    case suspended
    /// A signal came first; the signal is used up.
    case signalled
    /// The server is stopping: nothing may be parked any more.
    case refused
  }

  private static let running: UInt8 = 0
  private static let signalled: UInt8 = 1
  private static let suspended: UInt8 = 2
  private static let gone: UInt8 = 3

  private let state = Atomic<UInt8>(Suspension.running)
  private let parked = Mutex<ConnectionReference?>(nil)

  /// Whether the client has not closed its side; `true` while the connection is not parked.
  var isPeerPresent: Bool { parked.withLock { $0?.isPeerPresent ?? true } }

  var isSuspended: Bool { state.load(ordering: .sequentiallyConsistent) == Self.suspended }

  /// Forgets the signals so far; what they announced must be looked at after this call.
  func rearm() { exchange(Self.signalled, for: Self.running) }

  /// Called on the connection's own HTTP thread, inside a callback of the library.
  func suspend(_ connection: ConnectionReference, unless isStopping: StopFlag) -> Outcome {
    parked.withLock { parked in
      // Whoever sets the flag signals every suspension afterwards and so meets this lock.
      if isStopping.isSet { return .refused }
      guard exchange(Self.running, for: Self.suspended) else {
        rearm()
        return .signalled
      }
      parked = connection
      connection.suspend()
      return .suspended
    }
  }

  /// From any thread, at any time.
  func signal() {
    while true {
      switch state.load(ordering: .sequentiallyConsistent) {
      case Self.running:
        if exchange(Self.running, for: Self.signalled) { return }
      case Self.suspended:
        let isDone = parked.withLock { parked in
          guard exchange(Self.suspended, for: Self.signalled) else { return false }
          parked.take()?.resume()
          return true
        }
        if isDone { return }
      default: return
      }
    }
  }

  /// The connection is going away; later signals do nothing.
  func detach() {
    parked.withLock { parked in
      parked = nil
      state.store(Self.gone, ordering: .sequentiallyConsistent)
    }
  }

  @discardableResult private func exchange(_ expected: UInt8, for desired: UInt8) -> Bool {
    state.compareExchange(expected: expected, desired: desired, ordering: .sequentiallyConsistent).exchanged
  }
}
