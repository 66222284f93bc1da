/// What a transaction comes to: the facts to log and the answer.
public struct Verdict: Equatable, Sendable {
  /// What one operation came to, in the order of the branch.
  public enum Outcome: Equatable, Sendable {
    /// - key: where the write went, after links.
    case written(key: Key)
    /// - entries: how many went; zero when nothing was there.
    case deleted(key: Key, entries: Int)
    /// - Lookup: never a link.
    case got(key: Key, Lookup)
    case listed(directory: Key, Page<KeyedEntry>)
  }

  /// Whether all comparisons held, so that `then` was taken.
  public let succeeded: Bool
  /// Empty when nothing is to be committed.
  public let changes: [Change]
  public let outcomes: [Outcome]
}
