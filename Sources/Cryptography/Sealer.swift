internal import Vocabulary

/// Hands out opaque text that comes back unchanged or not at all.
///
/// List cursors travel through callers. The tag keeps them from being forged; the purpose keeps a cursor of
/// one list from being used with another. The content is not hidden.
public struct Sealer: Sendable {
  /// Half an HMAC: 2^-128 per guess, and cursors stay short (RFC 2104, section 5).
  private static let tagLength = 16

  private let key: [UInt8]

  /// - Parameter key: at least 16 secret bytes.
  public init(key: [UInt8]) {
    precondition(key.count >= 16, "A sealing key this short can be guessed")
    self.key = key
  }

  /// Base64url text, a third longer than `content` plus 22 characters.
  public func seal(_ content: [UInt8], purpose: String) -> String {
    Base64URL.encode(tag(of: content, purpose: purpose) + content)
  }

  /// The content, or `nil` when this key did not seal `text` for this purpose.
  public func open(_ text: some StringProtocol, purpose: String) -> [UInt8]? {
    guard let bytes = Base64URL.decode(text), bytes.count >= Self.tagLength else { return nil }
    let content = Array(bytes.dropFirst(Self.tagLength))
    let expected = tag(of: content, purpose: purpose)
    return ConstantTime.equal(Array(bytes.prefix(Self.tagLength)), expected) ? content : nil
  }

  /// A zero byte ends the purpose, which cannot contain one, so that no two pairs give the same message.
  private func tag(of content: [UInt8], purpose: String) -> [UInt8] {
    precondition(!purpose.utf8.contains(0))
    let message = Array(purpose.utf8) + [0] + content
    return Array(HMACSHA256.tag(of: message, key: key).bytes.prefix(Self.tagLength))
  }
}
