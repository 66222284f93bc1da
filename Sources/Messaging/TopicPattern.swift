/// Which topics a listener wants: a name in which `*` stands for one segment and, as the last, for one or more.
public struct TopicPattern: Hashable, Sendable {
  static let wildcard = "*"

  public let text: String
  /// Without the wildcard at the end.
  let segments: [String]
  /// Whether it ends with a wildcard: one segment or more follow.
  let isOpen: Bool

  /// `nil` for text that is no pattern.
  public init?(_ text: some StringProtocol) {
    guard var segments = TopicName.segments(of: text),
      segments.allSatisfy({ $0 == Self.wildcard || TopicName.isWord($0) })
    else { return nil }
    self.text = String(text)
    isOpen = segments.last == Self.wildcard
    if isOpen { segments.removeLast() }
    self.segments = segments
  }

  public func matches(_ topic: TopicName) -> Bool {
    let names = topic.segments
    guard isOpen ? names.count > segments.count : names.count == segments.count else { return false }
    return zip(segments, names).allSatisfy { $0 == Self.wildcard || $0 == $1 }
  }
}
