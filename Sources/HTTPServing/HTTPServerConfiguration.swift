/// Where the server listens, who it says it is, and what it allows.
public struct HTTPServerConfiguration: Sendable {
  public enum Listener: Sendable {
    /// A numeric IPv4 or IPv6 address; port 0 picks a free one (see `HTTPServer.boundPort`).
    case tcp(address: String, port: UInt16)
    /// A path that is created with these permission bits and unlinked on stop.
    case unixSocket(path: String, mode: UInt32)
  }

  public var listener: Listener
  /// Nil serves plain HTTP: for Unix sockets and tests.
  public var tls: TLSIdentity?
  /// Polling threads, each with its own share of the connections.
  public var threads: Int
  public var limits: HTTPLimits
  /// Receives the library's error log, at most five lines a second, on an HTTP thread: it must not block.
  /// Nil drops it.
  public var log: (@Sendable (String) -> Void)?

  public init(
    listener: Listener, tls: TLSIdentity? = nil, threads: Int, limits: HTTPLimits = HTTPLimits(),
    log: (@Sendable (String) -> Void)? = nil
  ) {
    precondition(threads > 0, "a server needs a thread")
    precondition(limits.headBytes <= 24 * 1024, "a head must fit the connection's memory")
    self.listener = listener
    self.tls = tls
    self.threads = threads
    self.limits = limits
    self.log = log
  }
}
