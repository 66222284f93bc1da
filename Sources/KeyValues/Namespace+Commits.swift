import Persistent

extension Namespace {
  /// Commits after `revision` that changed something in `scope`, in order.
  ///
  /// One without a difference in scope costs two walks along the scope's key.
  ///
  /// - Parameters:
  ///   - limit: commits looked at, at least 1.
  ///   - changeLimit: changes listed of each commit, at least 1.
  /// - Throws: when `revision` is not retained any more.
  public func commits(
    after revision: UInt64, under scope: Scope, limit: Int, changeLimit: Int = .max
  ) throws(Compacted) -> CommitPage {
    precondition(limit >= 1, "a page has an item")
    guard let start = history.last(atOrBefore: revision) else { throw Compacted(oldest: oldestRevision) }
    var before = start.value.root
    var commits: [Commit] = []
    var looked = 0
    var through = revision
    var isLast = true
    history.forEach(from: start.key + 1) { key, item in
      guard looked < limit else {
        isLast = false
        return false
      }
      looked += 1
      let changes = before.changes(to: item.root, under: scope, limit: changeLimit)
      if !changes.items.isEmpty {
        commits.append(
          Commit(
            revision: key, at: item.at, changes: changes.items, isWhole: changes.isLast, before: before,
            after: item.root))
      }
      before = item.root
      through = key
      return true
    }
    return CommitPage(commits: commits, through: through, isLast: isLast)
  }
}
