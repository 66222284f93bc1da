import Glibc

/// One end of the Unix socket between broker and shepherd: frames in, bytes out, never blocking.
///
/// Confined to the thread that polls it.
final class FramedConnection {
  enum State { case open, closed }

  private let socket: Descriptor
  private var received: [UInt8] = []
  /// Where the first frame not handed out yet begins in `received`.
  private var consumed = 0
  private var unsent: [UInt8] = []
  private var sent = 0

  init(_ socket: consuming Descriptor) {
    self.socket = socket
  }

  var descriptor: Int32 { socket.number }
  var hasUnsent: Bool { sent < unsent.count }
  var unsentCount: Int { unsent.count - sent }

  func enqueue(_ bytes: [UInt8]) { unsent.append(contentsOf: bytes) }

  /// Sends what the socket takes.
  func flush() -> State {
    while sent < unsent.count {
      let count = unsafe unsent.withUnsafeBytes { bytes in
        unsafe send(
          socket.number, bytes.baseAddress?.advanced(by: sent), bytes.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      if count < 0 {
        if errno == EINTR { continue }
        return errno == EAGAIN ? .open : .closed
      }
      sent += count
    }
    unsent.removeAll(keepingCapacity: unsent.capacity <= 1 << 20)
    sent = 0
    return .open
  }

  /// Reads what is there, once; call again when the socket is readable again.
  func receive() -> State {
    if consumed > 0 {
      received.removeSubrange(..<consumed)
      consumed = 0
    }
    let count = unsafe withUnsafeTemporaryAllocation(byteCount: WireLimits.readBytes, alignment: 16) {
      buffer in
      let count = unsafe recv(socket.number, buffer.baseAddress, buffer.count, 0)
      if count > 0 { unsafe received.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
      return count
    }
    if count < 0 { return errno == EAGAIN || errno == EINTR ? .open : .closed }
    return count == 0 ? .closed : .open
  }

  /// The next whole frame without its length; `nil` when more must arrive first.
  func nextFrame() throws(ProtocolError) -> ArraySlice<UInt8>? {
    guard received.count - consumed >= 4 else { return nil }
    var length = 0
    for index in 0..<4 { length |= Int(received[consumed + index]) << (8 * index) }
    guard length >= 1, length <= WireLimits.frameBytes else {
      throw ProtocolError(reason: "a frame of \(length) bytes")
    }
    guard received.count - consumed - 4 >= length else { return nil }
    let start = consumed + 4
    consumed = start + length
    return received[start..<consumed]
  }
}
