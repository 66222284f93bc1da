public import Vocabulary

/// What a commit did to one key.
public struct KeyChange: Sendable, Equatable {
  public enum Operation: String, Sendable {
    case put, append, delete
  }

  public let key: String
  public let operation: Operation
  /// As the broker wrote it.
  public let json: JSONValue

  /// - Returns: `nil` for what a later broker may have invented.
  public init?(_ json: JSONValue) {
    guard let key = json["key"]?.string, let operation = json["op"]?.string.flatMap(Operation.init(rawValue:)) else {
      return nil
    }
    self.key = key
    self.operation = operation
    self.json = json
  }

  /// The value, or what was appended; `nil` for what has none, such as a link, and where none was asked for.
  public var bytes: [UInt8]? { StoredValue.bytes(in: json) }
}
