/// One request to be sent.
public struct HTTPCall: Sendable {
  /// A method token: `GET`, `POST`, …
  public var method: String
  public var url: String
  public var headers: [HTTPHeader]
  /// `nil` sends no body at all; an empty one is announced as `Content-Length: 0`.
  public var body: [UInt8]?

  public init(method: String = "GET", url: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }
}
