/// What a server answered.
public struct HTTPAnswer: Sendable {
  public internal(set) var status: Int
  /// In the order received; interim (1xx) answers left out.
  public internal(set) var headers: [HTTPHeader]
  /// Empty where the bytes went to a receiver instead.
  public internal(set) var body: [UInt8]

  public init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  public var isSuccess: Bool { (200...299).contains(status) }

  /// The first header of this name, in any case.
  public func header(_ name: String) -> String? { headers.first { $0.isNamed(name) }?.value }
}
