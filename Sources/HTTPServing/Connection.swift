import CMicrohttpd
import Synchronization

/// One connection from accepting to closing, and the request that it is busy with.
///
/// `@unchecked Sendable`: the library drives a connection from one thread, and every `var` here is touched
/// only inside its callbacks; the reaper and the drain read the constants and the atomics.
final class Connection: @unchecked Sendable {
  enum Phase {
    case idle
    case targetKnown
    /// Refused, but the connection stays: answered when the library asks for the answer.
    case refused(HTTPResponse)
    case collecting(limit: Int, respond: @Sendable (HTTPRequest) -> HTTPReply)
    case receiving(any BodyReceiver, BodyResumer)
    case parked(PendingReply)
    case replied
  }

  let descriptor: Int32
  let library: ConnectionReference
  let peer: Peer
  let addressKey: AddressKey?
  /// Monotonic milliseconds at which the reaper shuts the socket; 0 means never.
  let deadline: Atomic<UInt64>
  /// Whether a request is under way; an idle connection is closed when the server drains.
  let isBusy = Atomic(false)
  /// Parks the connection while the client's part of the TLS handshake is awaited.
  let handshake = Suspension()
  /// Index in `ConnectionTable`; written before the connection is shared.
  var slot = -1

  var phase = Phase.idle
  var target: [UInt8] = []
  var head: HTTPRequestHead?
  var body: [UInt8] = []
  var bodyBytes = 0
  var bodyStart: UInt64 = 0
  /// Whether the client may still be sending when we close.
  var lingers = false
  /// Nil once the first request has arrived, and without TLS.
  var handshakeWatch: HandshakeWatch?
  /// What its TLS session shows: kept here, since the session does not.
  var credentials: TLSCredentials?

  init(
    descriptor: Int32, library: ConnectionReference, peer: Peer, addressKey: AddressKey?, deadline: UInt64
  ) {
    self.descriptor = descriptor
    self.library = library
    self.peer = peer
    self.addressKey = addressKey
    self.deadline = Atomic(deadline)
  }

  func expire(at milliseconds: UInt64) { deadline.store(milliseconds, ordering: .relaxed) }
}
