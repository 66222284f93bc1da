/// The name of a topic: segments joined by dots, as in `sim.run-7.done`.
public struct TopicName: Hashable, Sendable {
  /// The route, a log line and a JSON object carry it whole.
  public static let maximumBytes = 255
  /// Bounds how deep the index of patterns is.
  public static let maximumSegments = 16

  public let text: String
  let segments: [String]

  /// `nil` for text that names no topic.
  public init?(_ text: some StringProtocol) {
    guard let segments = Self.segments(of: text), segments.allSatisfy(Self.isWord) else { return nil }
    self.text = String(text)
    self.segments = segments
  }

  static func segments(of text: some StringProtocol) -> [String]? {
    guard (1...maximumBytes).contains(text.utf8.count) else { return nil }
    let segments = text.split(separator: ".", omittingEmptySubsequences: false)
    guard segments.count <= maximumSegments, segments.allSatisfy({ !$0.isEmpty }) else { return nil }
    return segments.map { String($0) }
  }

  static func isWord(_ segment: String) -> Bool { segment.utf8.allSatisfy(\.isWordByte) }
}

extension UInt8 {
  /// A letter or digit of ASCII, `_` or `-`.
  var isWordByte: Bool {
    (48...57).contains(self) || (97...122).contains(self | 32) || self == UInt8(ascii: "_") || self == UInt8(ascii: "-")
  }
}
