/// A complete response, ready to be sent.
///
/// `Date`, `Content-Length` and `Connection` are the server's.  A body that many responses share is not
/// copied: the array's storage is kept alive while it is sent.
public struct HTTPResponse: Sendable {
  /// 200 to 999.
  public var status: Int
  public var headers: [HeaderField]
  public var body: [UInt8]
  public var closesConnection: Bool

  public init(status: Int, headers: [HeaderField] = [], body: [UInt8] = [], closesConnection: Bool = false) {
    self.status = status
    self.headers = headers
    self.body = body
    self.closesConnection = closesConnection
  }
}
