import Persistent
public import Vocabulary

/// A namespace: a tree of entries, its quota, and the states that it had.
public struct Namespace: Sendable {
  public let name: NamespaceName
  public var quota: NamespaceQuota
  public var retention: HistoryRetention
  /// The current state.
  public private(set) var root: Root
  /// The last commit's position; that of the creation when there was none.
  public private(set) var revision: UInt64
  /// Retained states by revision; the head is the last one.
  private(set) var history = SortedMap<UInt64, HistoryItem>()
  /// Bytes of values and nodes that only history holds, as estimated; those of the oldest state's past do not count.
  public private(set) var supersededBytes = 0

  /// An empty namespace.
  ///
  /// - Parameters:
  ///   - revision: position in the log of its creation.
  ///   - at: time of the creation.
  public init(
    name: NamespaceName, quota: NamespaceQuota, retention: HistoryRetention = .standard, revision: UInt64,
    at: Timestamp
  ) {
    self.init(name: name, quota: quota, retention: retention, root: Root(), revision: revision, at: at)
  }

  /// A namespace whose oldest state is `root`.
  init(
    name: NamespaceName, quota: NamespaceQuota, retention: HistoryRetention, root: Root, revision: UInt64,
    at: Timestamp
  ) {
    self.name = name
    self.quota = quota
    self.retention = retention
    self.root = root
    self.revision = revision
    history[revision] = HistoryItem(at: at, root: root, superseded: 0)
  }

  /// A namespace that starts as this one was at `past`, in O(1); `nil` when that is not retained.
  ///
  /// Entries keep their revisions; history starts anew with the creation.
  public func copy(
    at past: UInt64, named name: NamespaceName, quota: NamespaceQuota, revision: UInt64, at: Timestamp
  ) -> Namespace? {
    guard let source = root(at: past) else { return nil }
    return Namespace(
      name: name, quota: quota, retention: retention, root: Root(source.node.detached()), revision: revision, at: at)
  }

  // MARK: Writing

  /// Carries out the changes of one commit, then drops history beyond the retention; total: never fails.
  ///
  /// - Precondition: `revision` is greater than the head's.
  public mutating func fold(_ changes: [Change], revision: UInt64, at: Timestamp) {
    var edit = TreeEdit(root.node)
    for change in changes { edit.apply(change, revision: revision) }
    append(edit, revision: revision, at: at, superseded: edit.superseded)
    trim(at: at)
  }

  /// Makes an edit of the head the next state.
  mutating func append(_ edit: TreeEdit, revision: UInt64, at: Timestamp, superseded: Int) {
    precondition(revision > self.revision, "revisions rise")
    root = Root(edit.node)
    self.revision = revision
    supersededBytes += superseded
    history[revision] = HistoryItem(at: at, root: root, superseded: superseded)
  }

  /// Computes the digests that edits left open, each once; before the namespace is handed to another thread.
  ///
  /// - Returns: the head's digest.
  @discardableResult
  public mutating func seal(using digest: DigestFunction) -> Digest {
    if let sealed = root.sealedDigest { return sealed }
    let sealed = root.node.seal(using: digest)
    root = Root(root.node, sealedDigest: sealed)
    let head = root
    history.modify(revision) { $0.root = head }
    return sealed
  }

  // MARK: History

  /// States dropped by one commit at most: each commit adds one, so this catches up, and none pauses long.
  private static let trimmedAtOnce = 256

  /// Revision of the oldest state that can be read.
  public var oldestRevision: UInt64 { history.first?.key ?? revision }

  /// States retained, the head included.
  public var retainedRevisions: Int { history.count }

  /// The state at `revision`: the newest that is not after it; `nil` when it is older than all retained.
  public func root(at revision: UInt64) -> Root? { history.last(atOrBefore: revision)?.value.root }

  /// Drops the states before the one that `revision` reads.
  public mutating func compact(before revision: UInt64) {
    guard let kept = history.last(atOrBefore: revision)?.key else { return }
    while let first = history.first, first.key < kept { dropOldest(first.key) }
  }

  private mutating func trim(at now: Timestamp) {
    for _ in 0..<Self.trimmedAtOnce {
      guard history.count > 1, let oldest = history.first, let next = history.first(after: oldest.key) else {
        return
      }
      let isTooMany = history.count > retention.maximumRevisions
      let isTooOld = now.since(next.value.at) > retention.maximumAge
      let isTooLarge =
        supersededBytes > retention.maximumSupersededBytes && history.count > retention.minimumRevisions
      guard isTooMany || isTooOld || isTooLarge else { return }
      dropOldest(oldest.key)
    }
  }

  /// What the state after the oldest one superseded goes with it.
  private mutating func dropOldest(_ revision: UInt64) {
    history[revision] = nil
    supersededBytes -= history.first?.value.superseded ?? 0
  }
}
