/// Why there is no answer.
public struct HTTPCallError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Sendable, Equatable {
    /// No connection: nobody listens, or the name is unknown.
    case unreachable
    /// A time limit passed.
    case timedOut
    /// The server's certificate does not convince.
    case untrusted
    /// The connection broke before the answer's end; the request may have been carried out.
    case cut
    /// The answer is larger than this client takes.
    case tooLarge
    /// The call cannot be made as it is written.
    case unusable
  }

  public let kind: Kind
  /// For people.
  public let reason: String

  public init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }

  public var description: String { reason }
}
