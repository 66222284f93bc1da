/// One argument of the query, decoded; `+` stands for itself (RFC 3986, not HTML forms).
public struct QueryItem: Sendable, Hashable {
  public let name: String
  /// Empty when there is no `=`.
  public let value: String

  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}
