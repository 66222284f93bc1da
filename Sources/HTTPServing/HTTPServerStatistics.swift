/// Counters of a running server, each read by itself: they are not one snapshot.
public struct HTTPServerStatistics: Sendable {
  public var openConnections = 0
  public var openStreams = 0
  /// Requests whose line has arrived and whose answer is not finished.
  public var activeRequests = 0
  public var requests = 0
  /// Requests that the guard refused.
  public var refusedRequests = 0
  /// Connections closed at once because of a limit.
  public var refusedConnections = 0
  /// Connections shut because of a deadline.
  public var expiredConnections = 0
}
