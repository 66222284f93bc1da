/// A service of one user.
public struct ServiceName: Hashable, Sendable {
  public static let maximumBytes = 64

  /// Whose it is: the same text of two users names two services.
  public let scope: UInt32
  public let text: String

  /// `nil` for text that names no service: 1 to 64 letters and digits of ASCII, `.`, `_` and `-`.
  public init?(_ text: String, in scope: UInt32) {
    guard (1...Self.maximumBytes).contains(text.utf8.count),
      text.utf8.allSatisfy({ $0.isWordByte || $0 == UInt8(ascii: ".") })
    else { return nil }
    self.scope = scope
    self.text = text
  }

  /// Whether a caller may name a call so: 1 to 64 letters and digits of ASCII, `_` and `-`.
  public static func isCallName(_ text: String) -> Bool {
    (1...maximumBytes).contains(text.utf8.count) && text.utf8.allSatisfy(\.isWordByte)
  }
}
