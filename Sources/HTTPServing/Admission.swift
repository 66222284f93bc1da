/// What happens with a request whose head has arrived.
public enum Admission: Sendable {
  /// Answered without reading the body; the connection closes if there is one.
  case refuse(HTTPResponse)
  /// The body is collected up to `limit` bytes (more is 413), then the whole request is answered.
  case collect(limit: Int, respond: @Sendable (HTTPRequest) -> HTTPReply)
  /// The body is handed on piece by piece.
  case receive(any BodyReceiver)
}
