import CMicrohttpd
import Glibc

/// A connection of the library.
///
/// `@unchecked Sendable`: the library allows `MHD_resume_connection` from any thread; every other use is
/// on the connection's own thread, and `Suspension` keeps the pointer only while the connection is parked.
@safe struct ConnectionReference: @unchecked Sendable {
  /// `POLLRDHUP` of Linux, which the C library shows only to those who ask for GNU's extensions.
  private static let peerHasShutDown: Int16 = 0x2000

  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

  func suspend() { unsafe mhd_suspend_connection(pointer) }
  func resume() { unsafe mhd_resume_connection(pointer) }

  /// Whether the client has not shut its side of the connection down; asks the kernel, without waiting.
  ///
  /// Called only while the connection is parked: so it exists, and nobody else uses its socket. A client that
  /// half-closes and still waits is taken for one that has left.
  var isPeerPresent: Bool {
    var query = pollfd(fd: unsafe mhd_connection_descriptor(pointer), events: Self.peerHasShutDown, revents: 0)
    return unsafe poll(&query, 1, 0) <= 0
  }
}
