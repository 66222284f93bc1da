import Glibc

/// Unix stream sockets by path.
enum LocalSocket {
  /// Binds and listens with mode 0600 from the first moment.
  ///
  /// - Precondition: whoever calls holds the lock that makes it the only listener; a left-over file is removed.
  static func listen(at path: String, backlog: Int32) throws(SystemError) -> Descriptor {
    let socket = try make()
    unsafe unlink(path)
    let before = umask(0o177)
    defer { umask(before) }
    if try unsafe withAddress(path, { unsafe bind(socket.number, $0, $1) }) != 0 { throw .last }
    if Glibc.listen(socket.number, backlog) != 0 { throw .last }
    return socket
  }

  /// Whether something is there; false also when its folder is gone.
  static func exists(at path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  static func connect(to path: String) throws(SystemError) -> Descriptor {
    let socket = try make()
    if try unsafe withAddress(path, { unsafe Glibc.connect(socket.number, $0, $1) }) != 0 { throw .last }
    return socket
  }

  static func accept(from listener: borrowing Descriptor) throws(SystemError) -> Descriptor {
    let number = Glibc.accept(listener.number, nil, nil)
    if number < 0 { throw .last }
    let socket = Descriptor(owning: number)
    try prepare(socket)
    return socket
  }

  private static func make() throws(SystemError) -> Descriptor {
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    if number < 0 { throw .last }
    let descriptor = Descriptor(owning: number)
    try prepare(descriptor)
    return descriptor
  }

  private static func prepare(_ socket: borrowing Descriptor) throws(SystemError) {
    if fcntl(socket.number, F_SETFD, FD_CLOEXEC) != 0 { throw .last }
    if fcntl(socket.number, F_SETFL, O_NONBLOCK) != 0 { throw .last }
  }

  /// - Throws: `ENAMETOOLONG` when the path does not fit into an address (107 bytes on Linux).
  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws(SystemError) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let capacity = MemoryLayout.size(ofValue: address.sun_path) - 1
    guard bytes.count <= capacity else { throw SystemError(ENAMETOOLONG) }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
