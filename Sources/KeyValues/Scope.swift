/// Which keys a watch, a diff or a query is about.
public enum Scope: Hashable, Sendable {
  case everything
  case key(Key)
  /// The key itself and all below it: `a` means `a` and `a.…`, never `ab`; the root means everything.
  case directory(Key)

  public func contains(_ key: Key) -> Bool {
    switch self {
    case .everything: true
    case .key(let only): key == only
    case .directory(let directory): key == directory || directory.isAncestor(of: key)
    }
  }
}
