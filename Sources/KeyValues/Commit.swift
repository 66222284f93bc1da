public import Vocabulary

/// A retained commit, with what it changed in a scope.
public struct Commit: Sendable {
  public let revision: UInt64
  public let at: Timestamp
  /// In key order; the first ones when `isWhole` is `false`. More: `before.changes(to: after, …)`.
  public let changes: [EntryChange]
  public let isWhole: Bool
  /// The root that this commit changed.
  public let before: Root
  /// The root that it made.
  public let after: Root
}

/// The commits of a stretch of history that changed something in a scope.
public struct CommitPage: Sendable {
  public let commits: [Commit]
  /// The last commit that was looked at; ask for those after it next. The asked revision when there was none.
  public let through: UInt64
  /// Whether `through` is as far as history goes.
  public let isLast: Bool
}

/// The asked revision is no longer retained.
public struct Compacted: Error, Equatable, Sendable {
  /// The oldest revision that can be read.
  public let oldest: UInt64

  public init(oldest: UInt64) { self.oldest = oldest }
}
