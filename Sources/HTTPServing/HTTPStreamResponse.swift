/// A response whose body is pulled from a source for as long as the client stays.
public struct HTTPStreamResponse: Sendable {
  public var status: Int
  public var headers: [HeaderField]
  /// Bytes of the body, where they are known: the client then sees whether it got all.
  public var length: Int?
  public var source: any StreamSource

  public init(status: Int = 200, headers: [HeaderField], length: Int? = nil, source: any StreamSource) {
    self.status = status
    self.headers = headers
    self.length = length
    self.source = source
  }
}
