/// What is wrong with a text in one of the small languages of the command line, and where.
public struct SyntaxFault: Error, Hashable, Sendable {
  /// Bytes before the place.
  public let offset: Int
  /// What is wrong, without a full stop.
  public let message: String

  public init(offset: Int, message: String) {
    self.offset = offset
    self.message = message
  }

  /// For people.
  public var text: String { "\(message), at byte \(offset + 1)" }
}
