/// An entry and where it stands.
public struct KeyedEntry: Equatable, Sendable {
  public let key: Key
  public let entry: Entry

  public init(key: Key, entry: Entry) {
    self.key = key
    self.entry = entry
  }
}
