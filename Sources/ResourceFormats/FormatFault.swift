/// One thing that is wrong with a document, for the person who wrote it.
public struct FormatFault: Hashable, Sendable {
  /// Where: a JSON Pointer (RFC 6901). A missing member is named as if it were there.
  public let pointer: String
  /// What is wrong and what is allowed, without a full stop.
  public let message: String

  public init(pointer: String, message: String) {
    self.pointer = pointer
    self.message = message
  }
}
