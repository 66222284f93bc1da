/// One call over one connection: sends the request, and takes the answer meanwhile, which may come before all is sent.
struct Conversation {
  let connection: LocalConnection
  /// Whether any of an answer came.
  private(set) var wasAnswered = false

  private let exchange: HTTPExchange
  private var request: OutgoingRequest
  private var reader: AnswerReader

  init(_ connection: LocalConnection, _ request: OutgoingRequest, _ exchange: HTTPExchange) {
    self.connection = connection
    self.request = request
    self.exchange = exchange
    reader = AnswerReader(mayHaveBody: request.method != "HEAD")
  }

  /// Returns at the answer's end, or when `exchange` has enough: whether the connection can be used again.
  mutating func run(_ options: HTTPClientOptions) throws(HTTPCallError) -> Bool {
    let patience = exchange.isOpenEnded ? options.stallSeconds * 1_000 : options.timeoutMilliseconds
    var deadline = Deadline(milliseconds: patience)
    while !reader.isComplete {
      let ready = try connection.wait(toSend: request.hasMore, deadline)
      if ready.isReadable {
        try receive()
        if exchange.ending != nil { return false }
      } else if ready.isWritable {
        try send()
      }
      // An answer that refuses makes the rest of the body pointless.
      if reader.isInBody, exchange.status >= 400 { request.abandon() }
      if exchange.isOpenEnded { deadline = Deadline(milliseconds: patience) }
    }
    return reader.keepsConnection && request.wasSent
  }

  private mutating func send() throws(HTTPCallError) {
    request.refill(from: exchange)
    guard let count = connection.send(request.next) else {
      // The server has closed its end; what it said before is still to be read.
      return request.abandon()
    }
    request.skip(count)
  }

  private mutating func receive() throws(HTTPCallError) {
    let count = try connection.receive()
    wasAnswered = wasAnswered || count > 0
    if count > 0 { try unsafe reader.take(connection.received(count), exchange) } else { try reader.takeEnd() }
  }
}
