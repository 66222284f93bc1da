/// One header field; `value` has no blanks around it.
public struct HeaderField: Sendable, Hashable {
  public var name: String
  public var value: String

  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}
