import Glibc
import Synchronization

/// The open connections: for limits, and so that nobody ever shuts a descriptor that was reused.
///
/// A connection leaves the table before the library closes its descriptor, and descriptors are shut under
/// the table's lock only.
final class ConnectionTable: Sendable {
  private struct State {
    var slots: [Connection?] = []
    var free: [Int] = []
    var perAddress: [AddressKey: Int] = [:]
    var count = 0
  }

  private let state = Mutex(State())

  var count: Int { state.withLock { $0.count } }

  /// Whether one more connection of that address is within the limits.
  func admits(_ key: AddressKey?, limits: HTTPLimits) -> Bool {
    state.withLock { state in
      guard state.count < limits.connections else { return false }
      guard let key else { return true }
      return state.perAddress[key, default: 0] < limits.connectionsPerAddress
    }
  }

  func add(_ connection: Connection) {
    state.withLock { state in
      state.count += 1
      if let key = connection.addressKey { state.perAddress[key, default: 0] += 1 }
      if let slot = state.free.popLast() {
        connection.slot = slot
        state.slots[slot] = connection
      } else {
        connection.slot = state.slots.count
        state.slots.append(connection)
      }
    }
  }

  func remove(_ connection: Connection) {
    state.withLock { state in
      state.count -= 1
      state.slots[connection.slot] = nil
      state.free.append(connection.slot)
      guard let key = connection.addressKey, let count = state.perAddress[key] else { return }
      state.perAddress[key] = count > 1 ? count - 1 : nil
    }
  }

  /// Goes on with the TLS handshake of a connection, if there still is one in that slot.
  func continueHandshake(slot: Int) {
    state.withLock { $0.slots.indices.contains(slot) ? $0.slots[slot] : nil }?.handshake.signal()
  }

  func signalHandshakes() {
    for case let connection? in state.withLock({ $0.slots }) { connection.handshake.signal() }
  }

  /// Shuts the sockets whose deadline has passed; returns how many.
  func shutExpired(at now: UInt64) -> Int {
    shut { connection in
      let deadline = connection.deadline.load(ordering: .relaxed)
      return deadline != 0 && deadline <= now
    }
  }

  /// Shuts the sockets that no request is using.
  func shutIdle() { _ = shut { !$0.isBusy.load(ordering: .sequentiallyConsistent) } }

  func shutAll() { _ = shut { _ in true } }

  private func shut(_ condition: (Connection) -> Bool) -> Int {
    state.withLock { state in
      var count = 0
      for case let connection? in state.slots where condition(connection) {
        connection.expire(at: 0)
        shutdown(connection.descriptor, Int32(SHUT_RDWR))
        count += 1
      }
      return count
    }
  }
}
