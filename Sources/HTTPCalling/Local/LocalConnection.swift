import Glibc

/// A connection to a Unix socket; owns its descriptor.
@safe final class LocalConnection {
  private static let bufferSize = 64 << 10

  private let descriptor: Int32
  /// Its pages cost nothing before something comes that fills them.
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 16)

  init(_ path: String, timeoutMilliseconds: Int) throws(HTTPCallError) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Self.failure(.unreachable, errno, "There is no socket to be had") }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard !path.isEmpty, path.utf8.count < room, !path.utf8.contains(0) else {
      throw HTTPCallError(.unusable, "A socket's path has 1 to \(room - 1) bytes, unlike \(path)")
    }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    // A server that is busy lets callers wait here.
    var patience = timeval(tv_sec: timeoutMilliseconds / 1_000, tv_usec: timeoutMilliseconds % 1_000 * 1_000)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var code = EINTR
    while code == EINTR {
      let outcome = unsafe withUnsafePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      if outcome == 0 { return }
      code = errno
    }
    throw Self.failure(code == EAGAIN ? .timedOut : .unreachable, code, "\(path) cannot be reached")
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    unsafe buffer.deallocate()
  }

  /// Whether it is open and nothing came that nobody asked for.
  var isQuiet: Bool {
    var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&interest, 1, 0) == 0
  }

  struct Readiness {
    /// Or at its end.
    let isReadable: Bool
    let isWritable: Bool
  }

  /// Waits until there is something to read, or room to write where that is asked for.
  func wait(toSend: Bool, _ deadline: Deadline) throws(HTTPCallError) -> Readiness {
    while true {
      let events = toSend ? Int16(POLLIN) | Int16(POLLOUT) : Int16(POLLIN)
      var interest = pollfd(fd: descriptor, events: events, revents: 0)
      let count = unsafe poll(&interest, 1, deadline.millisecondsLeft)
      if count > 0 {
        let isOver = interest.revents & (Int16(POLLHUP) | Int16(POLLERR) | Int16(POLLIN)) != 0
        return Readiness(isReadable: isOver, isWritable: interest.revents & Int16(POLLOUT) != 0)
      }
      guard count == 0 || errno == EINTR else { throw Self.failure(.cut, errno, "The connection failed") }
      if deadline.isOver { throw HTTPCallError(.timedOut, "There was no answer in time") }
    }
  }

  /// Sends what there is room for: how much that is; `nil` when the other end is closed.
  func send(_ bytes: ArraySlice<UInt8>) -> Int? {
    let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
    let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
    if count >= 0 { return count }
    return errno == EAGAIN || errno == EINTR ? 0 : nil
  }

  /// Fills the buffer with what came: how much that is, 0 at the end.
  func receive() throws(HTTPCallError) -> Int {
    while true {
      let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count >= 0 { return count }
      guard errno == EINTR else { throw Self.failure(.cut, errno, "The connection broke") }
    }
  }

  /// The first bytes of the buffer; valid until the next are received.
  func received(_ count: Int) -> UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count]) }

  private static func failure(_ kind: HTTPCallError.Kind, _ code: Int32, _ what: String) -> HTTPCallError {
    HTTPCallError(kind, "\(what): \(unsafe String(cString: strerror(code)))")
  }
}
