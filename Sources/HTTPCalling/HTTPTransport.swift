/// How calls travel. Confined to the thread of the client that owns it.
protocol HTTPTransport: AnyObject {
  /// Of the URLs that it takes.
  var scheme: String { get }

  /// Sends `call`, and hands what comes back to `exchange`, until the answer's end or until `exchange` has enough.
  ///
  /// - Parameter call: its headers can be sent.
  func perform(_ call: HTTPCall, _ exchange: HTTPExchange) throws(HTTPCallError)
}
