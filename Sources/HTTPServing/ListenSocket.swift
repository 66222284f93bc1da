import Glibc

/// A listening socket of ours: the library's own cannot set a Unix socket's mode or bind one address.
struct ListenSocket {
  /// Connections that wait to be accepted; the kernel caps it at `net.core.somaxconn` (4096 by default).
  private static let backlog: Int32 = 1024

  let descriptor: Int32
  /// 0 for a Unix socket.
  let port: UInt16
  /// What to unlink when the server stops.
  let path: String?

  init(_ listener: HTTPServerConfiguration.Listener) throws(HTTPServerError) {
    switch listener {
    case .tcp(let address, let port):
      path = nil
      (descriptor, self.port) = try Self.listen(address: address, port: port)
    case .unixSocket(let path, let mode):
      self.path = path
      port = 0
      descriptor = try Self.listen(path: path, mode: mode)
    }
  }

  func shut() {
    close(descriptor)
    if let path { unsafe unlink(path) }
  }

  private static func listen(address: String, port: UInt16) throws(HTTPServerError) -> (Int32, UInt16) {
    var four = sockaddr_in()
    var six = sockaddr_in6()
    let isFour = unsafe inet_pton(AF_INET, address, &four.sin_addr) == 1
    let isSix = unsafe inet_pton(AF_INET6, address, &six.sin6_addr) == 1
    guard isFour || isSix else { throw .invalidAddress(address) }
    let descriptor = try make(isFour ? AF_INET : AF_INET6)
    do throws(HTTPServerError) {
      var one: Int32 = 1
      unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 4)
      if isFour {
        four.sin_family = sa_family_t(AF_INET)
        four.sin_port = port.bigEndian
        try bind(descriptor, &four)
      } else {
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = port.bigEndian
        try bind(descriptor, &six)
      }
      try check("listen", Glibc.listen(descriptor, backlog))
      return (descriptor, try boundPort(descriptor))
    } catch {
      close(descriptor)
      throw error
    }
  }

  private static func listen(path: String, mode: UInt32) throws(HTTPServerError) -> Int32 {
    var address = sockaddr_un()
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard !path.isEmpty, path.utf8.count < room else { throw .invalidAddress(path) }
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let descriptor = try make(AF_UNIX)
    do throws(HTTPServerError) {
      if isAbandoned(&address) { unsafe unlink(path) }
      try bind(descriptor, &address)
      // Nobody can connect before `listen`, so the mode is never too wide.
      try check("chmod", unsafe chmod(path, mode_t(mode)))
      try check("listen", Glibc.listen(descriptor, backlog))
      return descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Whether the path is a socket that nobody listens on: a server before us was killed.
  private static func isAbandoned(_ address: inout sockaddr_un) -> Bool {
    guard let probe = try? make(AF_UNIX) else { return false }
    defer { close(probe) }
    let status = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    return status != 0 && errno == ECONNREFUSED
  }

  private static func make(_ family: Int32) throws(HTTPServerError) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(family, type, 0)
    try check("socket", descriptor)
    return descriptor
  }

  private static func bind<Address>(_ descriptor: Int32, _ address: inout Address) throws(HTTPServerError) {
    let status = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
      }
    }
    try check("bind", status)
  }

  private static func boundPort(_ descriptor: Int32) throws(HTTPServerError) -> UInt16 {
    var address = sockaddr_in6()
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getsockname(descriptor, $0, &length)
      }
    }
    try check("getsockname", status)
    // The port lies at the same place for IPv4.
    return UInt16(bigEndian: address.sin6_port)
  }

  private static func check(_ call: String, _ status: Int32) throws(HTTPServerError) {
    if status < 0 { throw .cannotListen(call: call, errno: errno) }
  }
}
