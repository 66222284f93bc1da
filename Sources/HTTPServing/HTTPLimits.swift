/// What one client may take from the server; every limit has a documented answer when reached.
///
/// Source of the defaults: the table of nasty inputs (H19, H20, H39, H43) unless a comment says otherwise.
public struct HTTPLimits: Sendable {
  /// Bytes from the method to the blank line; more is 431.  At most 24 KiB, so that a head and the
  /// head of its answer fit the connection's memory together.
  public var headBytes = 16 * 1024
  /// Header fields of one request; more is 431.
  public var headerCount = 64
  /// Bytes of one field, name and value together; more is 431.
  public var headerBytes = 8 * 1024
  /// Bytes of the request target; more is 414.
  public var targetBytes = 8192
  /// Bytes behind the first `?`; more is 414.
  public var queryBytes = 4096
  /// `&`-separated arguments of the query; more is 400.
  public var queryArguments = 64
  /// Open connections of the whole server; a further one is closed at once.
  public var connections = 4000
  /// Open TCP connections of one IPv4 address or IPv6 /64; a further one is closed at once.  The default
  /// is two thirds of all, for sites whose users come through one gateway.
  public var connectionsPerAddress = 2600
  /// Seconds from accepting to the end of the first head, the TLS handshake included, and from the
  /// request line of a later request to the end of its head; then the connection is shut.
  public var headDeadline = 10.0
  /// Seconds for a body or an answer, besides `secondPerBytes`; then the connection is shut.
  public var bodyDeadline = 30.0
  /// Each further second is earned by this many bytes: the slowest client we wait for sends 16 KiB/s.
  public var bytesPerSecond = 16 * 1024
  /// Seconds without a byte in either direction: keep-alive, and a stream that cannot write.
  public var idleTimeout = 60.0
  /// Seconds a reply may be parked, whatever its own deadline says: a long poll of 60 s and its slack.
  public var parkDeadline = 65.0
  /// Bytes of a body that no client may announce, whatever the application collects; more is 413.
  public var announcedBodyBytes = 1 << 40
  /// Seconds and bytes we go on reading from a client that we refused, so that it sees the answer
  /// instead of a reset; and how many such clients at a time.
  public var lingerSeconds = 2.0
  public var lingerBytes = 4 * 1024 * 1024
  public var lingering = 256

  public init() {}
}
