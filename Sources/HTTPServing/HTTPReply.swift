/// How a request is answered: at once, when something has happened, or piece by piece.
public enum HTTPReply: Sendable {
  case now(HTTPResponse)
  /// The connection is parked and holds no thread until `PendingReply.complete`.
  case later(PendingReply)
  case stream(HTTPStreamResponse)
}
