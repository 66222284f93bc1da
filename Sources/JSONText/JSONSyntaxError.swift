/// Where and why bytes are not the JSON text that was asked for.
public struct JSONSyntaxError: Error, Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    case malformed
    /// An object has two members of this name, written as in the text.
    case duplicateName(String)
    case tooDeep
    case tooManyValues
    case tooManyBytes
  }

  public let kind: Kind
  /// From 1.
  public let line: Int
  /// From 1, in bytes.
  public let column: Int
  /// A phrase for the person who wrote the text.
  public let reason: String

  public init(kind: Kind, line: Int, column: Int, reason: String) {
    self.kind = kind
    self.line = line
    self.column = column
    self.reason = reason
  }

  public var isTooDeep: Bool { kind == .tooDeep }
  /// More bytes or more values than are allowed.
  public var isTooLarge: Bool { kind == .tooManyBytes || kind == .tooManyValues }
}

extension JSONSyntaxError {
  /// An error at `offset`, whose line and column are counted from the text.
  init(_ kind: Kind, at offset: Int, of bytes: Span<UInt8>, _ reason: String) {
    var line = 1
    var lineStart = 0
    for index in 0..<min(offset, bytes.count) where bytes[index] == UInt8(ascii: "\n") {
      line += 1
      lineStart = index + 1
    }
    self.init(kind: kind, line: line, column: offset - lineStart + 1, reason: reason)
  }
}
