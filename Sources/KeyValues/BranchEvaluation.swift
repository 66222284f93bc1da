/// Runs the operations of one branch over a copy of the head.
struct BranchEvaluation {
  private let name: NamespaceName
  private let quota: NamespaceQuota
  private let before: Totals
  private let revision: UInt64
  /// Index of the last operation that reads; -1 when there is none.
  private let lastRead: Int
  /// The tree as far as operations can tell: plain writes that none of the later ones looks at are left out.
  private var edit: TreeEdit
  /// After all operations so far.
  private var totals: Totals
  /// Where write operations went, after links.
  private var writes: [(key: Key, index: Int)] = []
  /// The operations that took the namespace over its limits, while it is.
  private var firstOverKeys: Int?
  private var firstOverBytes: Int?
  private(set) var changes: [Change] = []
  private(set) var outcomes: [Verdict.Outcome] = []

  init(_ operations: [Transaction.Operation], in namespace: Namespace, revision: UInt64) {
    lastRead = operations.lastIndex { !$0.isWrite } ?? -1
    totals = namespace.root.totals
    name = namespace.name
    quota = namespace.quota
    before = namespace.root.totals
    self.revision = revision
    edit = TreeEdit(namespace.root.node)
  }

  /// Links may have led two writes to one key: then what operations found cannot be relied upon.
  func overlap() -> (Int, TransactionRefusal.Reason)? {
    Transaction.overlap(of: writes).map { first, second in (second, .writtenTwice(with: first)) }
  }

  /// What is wrong with the whole: the operation and the reason.
  func fault() -> (Int, TransactionRefusal.Reason)? {
    if let overlap = overlap() { return overlap }
    if let firstOverKeys { return (firstOverKeys, .tooManyKeys(limit: quota.maximumKeys)) }
    if let firstOverBytes { return (firstOverBytes, .tooManyBytes(limit: quota.maximumBytes)) }
    return nil
  }

  mutating func perform(_ operation: Transaction.Operation, index: Int) throws(TransactionFault) {
    let found = try Root(edit.node).resolveInside(
      operation.key, of: name, followingLast: operation.followsLastLink)
    // Also what comes to nothing: it may do so only because a write before it is left out of the tree.
    if operation.isWrite { writes.append((found.key, index)) }
    switch operation {
    case .put(_, let content, let mediaType):
      try check(content, mediaType)
      write(.put(try writable(found.key), content, mediaType), index)
    case .append(_, let bytes, let mediaType):
      write(try appending(bytes, mediaType, at: found.key, found.lookup), index)
    case .delete(_, let recursive): try delete(found.key, found.lookup, recursive: recursive, index)
    case .symlink(_, let target, let namespace):
      let content = EntryContent.symlink(target: target, namespace: namespace)
      write(.put(try writable(found.key), content, .octetStream), index)
    case .makeDirectory: makeDirectory(found.key, found.lookup, index)
    case .get: outcomes.append(.got(key: found.key, found.lookup))
    case .list(_, let limit):
      let bounded = min(max(limit, 1), KeyValueLimits.listedEntries)
      let page = Root(edit.node).entries(under: found.key, limit: bounded)
      outcomes.append(.listed(directory: found.key, page))
    }
  }

  private mutating func write(_ change: Change, _ index: Int) {
    outcomes.append(.written(key: change.key))
    commit(change, index)
  }

  private mutating func commit(_ change: Change, _ index: Int) {
    if index > lastRead, let effect = edit.node.plainEffect(of: change) {
      totals -= effect.removed
      totals += effect.added
    } else {
      totals -= edit.node.totals(end: 0)
      edit.apply(change, revision: revision)
      totals += edit.node.totals(end: 0)
    }
    changes.append(change)
    let isOverKeys = totals.entries > quota.maximumKeys && totals.entries > before.entries
    let isOverBytes = totals.bytes > quota.maximumBytes && totals.bytes > before.bytes
    firstOverKeys = isOverKeys ? firstOverKeys ?? index : nil
    firstOverBytes = isOverBytes ? firstOverBytes ?? index : nil
  }

  private func writable(_ key: Key) throws(TransactionFault) -> Key {
    guard !key.isRoot else { throw TransactionFault(.rootNotWritable) }
    return key
  }

  private func check(_ content: EntryContent, _ mediaType: MediaType) throws(TransactionFault) {
    switch content {
    case .bytes(let value):
      guard value.count <= KeyValueLimits.valueBytes else {
        throw TransactionFault(.valueTooLarge(bytes: value.count))
      }
    case .blob: break
    case .symlink, .directory: throw TransactionFault(.contentNotPuttable)
    }
    try check(mediaType)
  }

  private func check(_ mediaType: MediaType) throws(TransactionFault) {
    let length = mediaType.text.utf8.count
    guard length <= KeyValueLimits.mediaTypeBytes else {
      throw TransactionFault(.mediaTypeTooLong(bytes: length))
    }
  }

  private func appending(
    _ bytes: [UInt8], _ mediaType: MediaType, at key: Key, _ found: Lookup
  ) throws(TransactionFault) -> Change {
    let length: Int
    switch found {
    case .absent:
      let content = EntryContent.bytes(Value(bytes))
      try check(content, mediaType)
      return .put(try writable(key), content, mediaType)
    case .entry(let entry):
      guard let value = entry.value else { throw TransactionFault(.notAppendable) }
      length = value.count + bytes.count
    case .directory, .link: throw TransactionFault(.notAppendable)
    }
    guard length <= KeyValueLimits.valueBytes else { throw TransactionFault(.valueTooLarge(bytes: length)) }
    return .append(key, bytes)
  }

  private mutating func delete(
    _ key: Key, _ found: Lookup, recursive: Bool, _ index: Int
  ) throws(TransactionFault) {
    switch found {
    case .absent: outcomes.append(.deleted(key: key, entries: 0))
    case .entry, .link:
      outcomes.append(.deleted(key: key, entries: 1))
      commit(.delete(key), index)
    case .directory(let totals):
      guard recursive else {
        throw TransactionFault(key.isRoot ? .rootNotWritable : .directoryNotEmpty)
      }
      outcomes.append(.deleted(key: key, entries: totals.entries))
      if totals.entries > 0 { commit(.deleteDirectory(key), index) }
    }
  }

  private mutating func makeDirectory(_ key: Key, _ found: Lookup, _ index: Int) {
    switch found {
    case .directory: outcomes.append(.written(key: key))
    case .entry(let entry) where entry.content == .directory: outcomes.append(.written(key: key))
    case .entry, .link, .absent: write(.put(key, .directory, .octetStream), index)
    }
  }
}

extension Transaction.Operation {
  fileprivate var followsLastLink: Bool {
    switch self {
    case .append, .get, .list: true
    case .put, .delete, .symlink, .makeDirectory: false
    }
  }
}

extension Node {
  /// What a change takes and brings when all it does is to make, change or remove one entry that is no link.
  ///
  /// Such a change cannot matter to other writes of its branch: none is at, above or below its key, and where links
  /// lead stays the same. So it need not be carried out to decide about them, which is half of the work.
  fileprivate func plainEffect(of change: Change) -> (removed: Totals, added: Totals)? {
    let key = change.key.bytes
    let old: Entry?
    switch walk(key) {
    case .entry(let entry):
      if case .symlink = entry.content { return nil }
      old = entry
    case .absent: old = nil
    case .blocked, .directory: return nil
    }
    let removed = old.map { Totals($0, keyBytes: key.count) } ?? Totals()
    switch change {
    case .put(_, .symlink, _), .deleteDirectory: return nil
    case .put(_, let content, let mediaType):
      let entry = Entry(revision: 0, mediaType: mediaType, content: content)
      return (removed, Totals(entry, keyBytes: key.count))
    case .append(_, let bytes):
      guard old?.value != nil else { return nil }
      return (Totals(), Totals(bytes: bytes.count))
    case .delete: return (removed, Totals())
    }
  }
}
