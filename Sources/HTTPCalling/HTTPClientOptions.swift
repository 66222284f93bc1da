/// How a client reaches its server, and how long and how much it takes.
///
/// What cannot be chosen: certificates are always verified, redirects never followed.
public struct HTTPClientOptions: Sendable {
  /// PEM file of the only authorities to believe; `nil` believes the system's.
  public var authorityFile: String?
  /// Connects to this Unix socket, in plain HTTP, whatever host the URL names.
  public var socketPath: String?
  /// Name resolution, connection and TLS handshake together; 10 s covers two lost SYNs.
  public var connectTimeoutMilliseconds = 10_000
  /// One whole call that is no stream or upload; above the longest wait that the API grants (60 s).
  public var timeoutMilliseconds = 90_000
  /// Silence that ends a stream or an upload: three missed heartbeats (15 s each).
  public var stallSeconds = 45
  /// Bytes of an answer kept in memory.
  public var answerLimit = 64 << 20
  public var userAgent = "sluice"

  public init() {}
}
