import Glibc

/// A raw socket to a server on loopback; every wait is bounded.
final class TestClient {
  let descriptor: Int32

  init(port: UInt16) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    connect(&address)
  }

  init(path: String) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    connect(&address)
  }

  deinit { close(descriptor) }

  private func connect<Address>(_ address: inout Address) {
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
      }
    }
    precondition(status == 0, "connect: \(errno)")
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  /// Whether all bytes were taken before the server closed.
  @discardableResult func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  @discardableResult func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      sent += count
    }
    return true
  }

  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Leaves with a reset instead of an orderly end.
  func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
  }

  private(set) var received: [UInt8] = []

  /// Reads once; false at the end, after a reset, or after ten silent seconds.
  @discardableResult func receive() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count > 0 { received += buffer[..<count] }
    if count < 0 && errno == EAGAIN { timedOut = true }
    return count > 0
  }

  private(set) var timedOut = false

  var text: String { String(decoding: received, as: UTF8.self) }

  func ends(with text: String) -> Bool { received.suffix(text.utf8.count).elementsEqual(text.utf8) }

  /// Everything until the server closes.
  func readToEnd() -> String {
    while receive() {}
    return text
  }

  /// The next response: head and body by `Content-Length`; nil if the connection ends first.
  func readResponse(hasBody: Bool = true) -> TestResponse? {
    while true {
      if let (response, length) = TestResponse.parse(received, hasBody: hasBody) {
        received.removeFirst(length)
        return response
      }
      guard receive() else { return nil }
    }
  }

  /// Whether the server closes within ten seconds without sending more.
  func endsNow() -> Bool { received.isEmpty && !receive() && !timedOut }
}

struct TestResponse {
  let status: Int
  let head: String
  let body: [UInt8]
  var text: String { String(decoding: body, as: UTF8.self) }
  var closes: Bool { head.lowercased().contains("\r\nconnection: close") }

  static func parse(_ bytes: [UInt8], hasBody: Bool) -> (TestResponse, Int)? {
    let end = Array("\r\n\r\n".utf8)
    guard bytes.count >= 4,
      let start = (0...(bytes.count - 4)).first(where: {
        bytes[$0] == 13 && Array(bytes[$0..<($0 + 4)]) == end
      })
    else { return nil }
    let head = String(decoding: bytes[..<start], as: UTF8.self)
    let status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
    var length = 0
    for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-length:") {
      length = Int(line.dropFirst(15).drop { $0 == " " }) ?? 0
    }
    if !hasBody || status == 100 { length = 0 }
    guard bytes.count >= start + 4 + length else { return nil }
    let body = Array(bytes[(start + 4)..<(start + 4 + length)])
    return (TestResponse(status: status, head: head, body: body), start + 4 + length)
  }
}
