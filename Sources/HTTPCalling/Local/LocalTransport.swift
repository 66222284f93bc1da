/// Plain HTTP/1.1 over a Unix socket; keeps one connection.
final class LocalTransport: HTTPTransport {
  let scheme = "http"
  private let path: String
  private let options: HTTPClientOptions
  /// Where the last answer ended as it should and the server goes on listening.
  private var idle: LocalConnection?

  init(_ path: String, _ options: HTTPClientOptions) {
    self.path = path
    self.options = options
  }

  func perform(_ call: HTTPCall, _ exchange: HTTPExchange) throws(HTTPCallError) {
    let request = try OutgoingRequest(call, isPulled: exchange.isPulled, userAgent: options.userAgent)
    let kept = idle
    idle = nil
    if let kept, kept.isQuiet {
      var conversation = Conversation(kept, request, exchange)
      do throws(HTTPCallError) {
        return try finish(&conversation)
      } catch {
        // A server may close a connection that nobody uses while a call is on its way to it. What is
        // safe may be sent again.
        guard error.kind == .cut, !conversation.wasAnswered, request.isSafe else { throw error }
      }
    }
    let fresh = try LocalConnection(path, timeoutMilliseconds: options.connectTimeoutMilliseconds)
    var conversation = Conversation(fresh, request, exchange)
    try finish(&conversation)
  }

  private func finish(_ conversation: inout Conversation) throws(HTTPCallError) {
    if try conversation.run(options) { idle = conversation.connection }
  }
}
