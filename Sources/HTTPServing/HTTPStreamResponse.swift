/// A response whose body is pulled from a source for as long as the client stays.
public struct HTTPStreamResponse: Sendable {
  public var status: Int
  public var headers: [HeaderField]
  public var source: any StreamSource

  public init(status: Int = 200, headers: [HeaderField], source: any StreamSource) {
    self.status = status
    self.headers = headers
    self.source = source
  }
}
