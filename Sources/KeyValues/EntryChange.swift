/// What is different at one key between two roots.
public struct EntryChange: Equatable, Sendable {
  public enum Kind: Hashable, Sendable {
    case put
    /// The new value is the old one with more after it; `from` is where the new bytes begin.
    case append(from: Int)
    case delete
  }

  public let key: Key
  public let kind: Kind
  /// `nil` when the key was absent.
  public let old: Entry?
  /// `nil` when the key is absent now.
  public let new: Entry?

  /// - Precondition: one of both is there.
  init(key: Key, old: Entry?, new: Entry?) {
    precondition(old != nil || new != nil, "a change has a before or an after")
    self.key = key
    self.old = old
    self.new = new
    guard let new else {
      kind = .delete
      return
    }
    guard new.appendedFrom != nil, let before = old?.value, let after = new.value,
      old?.mediaType == new.mediaType, after.isExtension(of: before)
    else {
      kind = .put
      return
    }
    kind = .append(from: before.count)
  }
}
