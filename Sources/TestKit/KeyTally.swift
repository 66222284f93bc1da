/// How much happened in namespaces: a world that did nothing proves nothing.
public struct KeyTally: Sendable, Equatable {
  public var commits = 0
  public var copies = 0
  public var compactions = 0
  /// Namespaces of jobs that ended long ago.
  public var expiries = 0
  /// Rounds of fences and barriers that ended.
  public var fences = 0
  /// Acknowledged transactions whose comparisons held, and did not.
  public var comparisonsHeld = 0
  public var comparisonsFailed = 0
  /// Of what was asked for, refused for a quota.
  public var overQuota = 0
  /// Reads of random retained revisions.
  public var pastReads = 0

  public init() {}

  public static func += (a: inout Self, b: Self) {
    a.commits += b.commits
    a.copies += b.copies
    a.compactions += b.compactions
    a.expiries += b.expiries
    a.fences += b.fences
    a.comparisonsHeld += b.comparisonsHeld
    a.comparisonsFailed += b.comparisonsFailed
    a.overQuota += b.overQuota
    a.pastReads += b.pastReads
  }
}
