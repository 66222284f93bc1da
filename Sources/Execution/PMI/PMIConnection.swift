import Glibc

/// The shepherd's end of the socket pair over which one task speaks PMI-1: lines in, lines out, never blocking.
final class PMIConnection {
  enum State { case open, closed }

  enum Delivery {
    case sent
    /// The task is gone.
    case gone
    /// The socket's buffer holds a hundred replies: this client asks without reading its answers.
    case full
  }

  private let socket: Descriptor
  private var received: [UInt8] = []

  /// - Parameter socket: does not block.
  init(_ socket: consuming Descriptor) { self.socket = socket }

  var descriptor: Int32 { socket.number }

  /// A connection, and the end for its task, on which the task may block.
  static func make(taskEnd: inout Descriptor?) throws(SystemError) -> PMIConnection {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    if unsafe socketpair(AF_UNIX, kind, 0, &ends) != 0 { throw .last }
    taskEnd = Descriptor(owning: ends[1])
    let own = Descriptor(owning: ends[0])
    if fcntl(own.number, F_SETFL, O_NONBLOCK) != 0 { throw .last }
    return PMIConnection(own)
  }

  /// Reads what is there, once.
  func receive() -> State {
    let count = unsafe withUnsafeTemporaryAllocation(byteCount: PMILimits.readBytes, alignment: 16) { buffer in
      let count = unsafe recv(socket.number, buffer.baseAddress, buffer.count, 0)
      if count > 0 { unsafe received.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
      return count
    }
    if count < 0 { return errno == EAGAIN || errno == EINTR ? .open : .closed }
    return count == 0 ? .closed : .open
  }

  /// The next whole line without its line feed; `nil` when more must arrive first.
  func nextLine() -> [UInt8]? {
    guard let end = received.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    let line = Array(received[..<end])
    received.removeSubrange(...end)
    return line
  }

  /// What arrived of a line is more than a line may have.
  var isOverlong: Bool { received.count > PMILimits.lineBytes }

  /// Sends a line as a whole, or not.
  func send(_ line: String) -> Delivery {
    var text = "\(line)\n"
    return text.withUTF8 { bytes in
      let count = unsafe Glibc.send(socket.number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if count == bytes.count { return .sent }
      return count >= 0 || errno == EAGAIN ? .full : .gone
    }
  }
}
