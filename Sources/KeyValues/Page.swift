/// Part of an ordered answer.
public struct Page<Element: Sendable>: Sendable {
  public let items: [Element]
  /// Whether nothing follows the last item.
  public let isLast: Bool

  public init(items: [Element], isLast: Bool) {
    self.items = items
    self.isLast = isLast
  }
}

extension Page: Equatable where Element: Equatable {}
