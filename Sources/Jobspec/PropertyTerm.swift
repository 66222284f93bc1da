import Vocabulary

/// A property that a node must have, or must not.
///
/// - Source: RFC 31, "properties"; RFC 20 for what names may hold.
public struct PropertyTerm: Hashable, Sendable {
  public let name: String
  /// The node must not have it; written with a `^` in front.
  public let isNegated: Bool

  public init(name: String, isNegated: Bool = false) {
    self.name = name
    self.isNegated = isNegated
  }

  /// Reads a property as constraints write it; `nil` when RFC 20 allows no such name.
  public init?(_ text: some StringProtocol) {
    isNegated = text.utf8.first == UInt8(ascii: "^")
    name = String(isNegated ? text.dropFirst() : text[...])
    guard !name.isEmpty, name.utf8.count <= JobspecLimits.maximumPropertyBytes, !name.hasControlCharacter,
      !name.utf8.contains(where: { "!&'\"^`|()".utf8.contains($0) })
    else { return nil }
  }

  /// As constraints write it.
  public var text: String { isNegated ? "^" + name : name }

  static let rule =
    "must be a property of 1 to \(JobspecLimits.maximumPropertyBytes) bytes without control characters and "
    + "! & ' \" ^ ` | ( ), perhaps with ^ in front"
}
