/// A complete request: head and body have arrived.
public struct HTTPRequest: Sendable {
  public let head: HTTPRequestHead
  /// As sent, without the chunks' framing.
  public let body: [UInt8]

  public init(head: HTTPRequestHead, body: [UInt8]) {
    self.head = head
    self.body = body
  }
}
