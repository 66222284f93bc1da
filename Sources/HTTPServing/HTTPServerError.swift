import Glibc

/// The server could not be started, or not be given another certificate.
public enum HTTPServerError: Error, Sendable, Equatable {
  /// Not a numeric IPv4 or IPv6 address, or a socket path that is empty or too long.
  case invalidAddress(String)
  /// A system call refused the listener; `errno` says why.
  case cannotListen(call: String, errno: Int32)
  /// The certificate or its key cannot be read, or they do not belong together; the text says which.
  case unusableIdentity(String)
  /// What it needs of other people's code is not installed; the text says what.
  case missingLibrary(String)
  /// The library refused to start.
  case refusedByLibrary
}

extension HTTPServerError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .invalidAddress(let text): "\(text) is no address to listen on"
    case .cannotListen(let call, let errno):
      "cannot listen (\(call)): " + (unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)")
    case .unusableIdentity(let reason): "the certificate and its key are of no use: \(reason)"
    case .missingLibrary(let reason): "a library that serves HTTPS cannot be used: \(reason)"
    case .refusedByLibrary: "the HTTP library refused to start"
    }
  }
}
