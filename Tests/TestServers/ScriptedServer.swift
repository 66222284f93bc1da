import Glibc
import Synchronization

/// Answers connections on a loopback port or a Unix socket with scripted bytes; records what it received.
///
/// One thread, one connection at a time; ends with its owner.
public final class ScriptedServer: Sendable {
  /// What to send for one request; the connection is closed after it if it says so.
  public struct Reply: Sendable {
    /// Sent one after the other.
    let pieces: [String]
    let closes: Bool
    /// Answers when the head has come, and leaves the body unread.
    let isEarly: Bool
    /// Microseconds before each piece.
    let pause: UInt32

    public init(text: String, closes: Bool = false) {
      (pieces, self.closes, isEarly, pause) = ([text], closes, false, 0)
    }

    public init(slowly pieces: [String], pause: UInt32) {
      (self.pieces, closes, isEarly, self.pause) = (pieces, false, false, pause)
    }

    /// Answers while the request is still being sent, and closes.
    public init(early text: String) { (pieces, closes, isEarly, pause) = ([text], true, true, 0) }

    /// A whole answer with its length.
    public init(_ status: String, _ body: String, headers: String = "", closes: Bool = false) {
      self.init(
        text: "HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)",
        closes: closes)
    }
  }

  /// A path for a socket that nothing else uses.
  public static func freshPath() -> String {
    "/tmp/scripted-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
  }

  public let port: UInt16
  private let listener: CInt
  private let received = Mutex<[String]>([])
  private let accepted = Mutex(0)
  private let replies: Mutex<[Reply]>
  private let socketPath: String?

  public init(_ replies: [Reply], socketPath: String? = nil) {
    self.replies = Mutex(replies)
    self.socketPath = socketPath
    if let socketPath {
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketPath.utf8) }
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      precondition(bound == 0)
      (listener, port) = (descriptor, 0)
    } else {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      port = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          precondition(bind(descriptor, $0, size) == 0)
          precondition(getsockname(descriptor, $0, &size) == 0)
        }
        return UInt16(bigEndian: $0.pointee.sin_port)
      }
      listener = descriptor
    }
    precondition(listen(listener, 8) == 0)
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    let started = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<ScriptedServer>.fromOpaque(context!).takeRetainedValue().serve()
        return nil
      }, context)
    precondition(started == 0)
    pthread_detach(thread)
  }

  /// Requests received so far, head and body.
  public var requests: [String] { received.withLock { $0 } }
  public var connections: Int { accepted.withLock { $0 } }

  /// Makes the accepting thread leave.
  public func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func serve() {
    while case let connection = accept(listener, nil, nil), connection >= 0 {
      accepted.withLock { $0 += 1 }
      while answer(connection) {}
      close(connection)
    }
    close(listener)
  }

  /// Whether the connection stays open.
  private func answer(_ connection: CInt) -> Bool {
    let isEarly = replies.withLock { $0.first?.isEarly ?? false }
    guard let request = readRequest(connection, headOnly: isEarly) else { return false }
    received.withLock { $0.append(request) }
    guard let reply = replies.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return false }
    for piece in reply.pieces {
      if reply.pause > 0 { usleep(reply.pause) }
      guard send(piece, to: connection) else { return false }
    }
    // Until the caller has closed: what it still sends would otherwise make the answer be thrown away.
    if isEarly { while readRequest(connection, headOnly: true) != nil {} }
    return !reply.closes
  }

  private func send(_ text: String, to connection: CInt) -> Bool {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      sent += count
    }
    return true
  }

  private func readRequest(_ connection: CInt, headOnly: Bool) -> String? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    repeat {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes += buffer[..<count]
    } while !headOnly && !Self.isComplete(bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isComplete(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.firstRange(of: "\r\n\r\n") else { return false }
    let head = text[..<end.lowerBound].lowercased()
    if head.contains("transfer-encoding: chunked") { return text.hasSuffix("0\r\n\r\n") }
    guard let field = head.firstRange(of: "content-length: ") else { return true }
    let length = Int(head[field.upperBound...].prefix { $0.isNumber })!
    return text[end.upperBound...].utf8.count >= length
  }
}
