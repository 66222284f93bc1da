/// Makes HTTP calls, one at a time; its connection is kept for the next call.
///
/// Blocking: a thread that wants to do two things at once has two clients.
public struct HTTPClient: ~Copyable {
  public let options: HTTPClientOptions
  private let transport: any HTTPTransport

  public init(_ options: HTTPClientOptions = HTTPClientOptions()) {
    if let path = options.socketPath {
      self.init(options, LocalTransport(path, options))
    } else {
      self.init(options, RemoteTransport(options))
    }
  }

  init(_ options: HTTPClientOptions, _ transport: any HTTPTransport) {
    self.options = options
    self.transport = transport
  }

  /// Sends `call` and collects the answer, whatever its status.
  public mutating func send(_ call: HTTPCall) throws(HTTPCallError) -> HTTPAnswer {
    try exchange(call, pulling: nil, onBytes: nil)
  }

  /// Sends `call` and hands the bytes of a successful answer over as they arrive.
  ///
  /// - Parameter onBytes: returns whether to go on; when it does not, the answer so far is returned.
  /// - Returns: status and headers; a body only where the status is no success.
  public mutating func stream(
    _ call: HTTPCall, onBytes: @escaping (Span<UInt8>) -> Bool
  ) throws(HTTPCallError) -> HTTPAnswer {
    try exchange(call, pulling: nil, onBytes: onBytes)
  }

  /// Sends a body that is made while it is sent (chunked), and collects or streams the answer.
  ///
  /// - Parameter pulling: the next piece; `nil` at the end.
  public mutating func upload(
    _ call: HTTPCall, pulling: @escaping () -> [UInt8]?, onBytes: ((Span<UInt8>) -> Bool)? = nil
  ) throws(HTTPCallError) -> HTTPAnswer {
    precondition(call.body == nil, "A call has one body")
    return try exchange(call, pulling: pulling, onBytes: onBytes)
  }

  private mutating func exchange(
    _ call: HTTPCall, pulling: (() -> [UInt8]?)?, onBytes: ((Span<UInt8>) -> Bool)?
  ) throws(HTTPCallError) -> HTTPAnswer {
    guard call.url.hasPrefix("\(transport.scheme)://") else {
      throw HTTPCallError(.unusable, "This client calls \(transport.scheme) URLs only, not \(call.url)")
    }
    for header in call.headers where !header.isSendable {
      throw HTTPCallError(.unusable, "The header \(header.name) holds a character that cannot be sent")
    }
    let exchange = HTTPExchange(limit: options.answerLimit, pulling: pulling, onBytes: onBytes)
    try transport.perform(call, exchange)
    return try exchange.answer()
  }
}
