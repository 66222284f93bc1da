/// What a walk along a key finds.
public enum Lookup: Equatable, Sendable {
  /// Never a symlink.
  case entry(Entry)
  /// There are keys below; an explicit empty directory is an `entry`.
  case directory(Totals)
  case absent
  /// A symlink at the key or at a directory of it.
  case link(Link)

  /// Where a walk met a symlink.
  public struct Link: Equatable, Sendable {
    /// Where the link stands.
    public let at: Key
    public let target: Key
    /// `nil` is the namespace that the link is in.
    public let namespace: NamespaceName?
    /// What of the key is after the link; the root when the link is at the key itself.
    public let rest: Key
  }
}
