import CMicrohttpd
import Glibc

/// Waits for the client's part of TLS handshakes, in the library's stead.
///
/// 0.9.75 asks a socket again and again while a handshake waits: with epoll, one half handshake keeps a
/// whole thread busy.  So the connection is parked instead, and the reaper, which polls `descriptor`, goes on
/// with it when there is something to read; shutting the socket at its deadline counts as that.
final class HandshakeWatch: Sendable {
  /// Handshakes that are continued per round of the reaper; more wait for the next.
  private static let batch = 64

  /// An epoll instance; it is readable when a handshake can go on.
  let descriptor: Int32
  private let isStopping: StopFlag

  init(isStopping: StopFlag) {
    self.isStopping = isStopping
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    precondition(descriptor >= 0, "no descriptor is left")
  }

  deinit { close(descriptor) }

  /// Called on the connection's thread, inside the library, after a read found nothing.
  func park(_ connection: Connection) {
    guard case .suspended = connection.handshake.suspend(connection.library, unless: isStopping) else {
      return
    }
    var event = unsafe epoll_event()
    unsafe event.events = EPOLLIN.rawValue | EPOLLONESHOT.rawValue
    unsafe event.data.u64 = UInt64(connection.slot)
    // The socket is in the set already from the second wait on.
    if unsafe epoll_ctl(descriptor, EPOLL_CTL_MOD, connection.descriptor, &event) == 0 { return }
    if unsafe epoll_ctl(descriptor, EPOLL_CTL_ADD, connection.descriptor, &event) == 0 { return }
    connection.handshake.signal()
  }

  /// The slots of the connections that have something to read.
  func readySlots() -> [Int] {
    unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.batch) { events in
      let count = unsafe epoll_wait(descriptor, events.baseAddress, Int32(events.count), 0)
      return unsafe events.prefix(Int(max(0, count))).map { unsafe Int($0.data.u64) }
    }
  }
}
