/// The server could not be started.
public enum HTTPServerError: Error, Sendable, Equatable {
  /// Not a numeric IPv4 or IPv6 address, or a socket path that is empty or too long.
  case invalidAddress(String)
  /// A system call refused the listener; `errno` says why.
  case cannotListen(call: String, errno: Int32)
  /// The library refused to start: nearly always an identity that it cannot read.
  case refusedByLibrary
}
