/// Changes a tree: nodes that other trees share are copied, its own are changed where they lie.
struct TreeEdit {
  private(set) var node: Node
  private var editor = NodeEditor()

  /// Estimated bytes that only the tree before the edit still uses.
  var superseded: Int { editor.superseded }

  init(_ node: Node) { self.node = node }

  // MARK: Changes

  /// Carries out one change of a commit.
  mutating func apply(_ change: Change, revision: UInt64) {
    switch change {
    case .put(let key, let content, let mediaType):
      put(Entry(revision: revision, mediaType: mediaType, content: content.detached()), at: key.bytes)
    case .append(let key, let bytes): append(bytes, at: key.bytes, revision: revision)
    case .delete(let key): if node.entry(at: key.bytes) != nil { removeEntry(at: key.bytes) }
    case .deleteDirectory(let key):
      if case .entry(let entry) = node.walk(key.bytes), entry.content == .directory {
        removeEntry(at: key.bytes)
      }
      if node.cursor(at: key.directoryPrefix) != nil { removeSubtree(key.directoryPrefix) }
    }
  }

  /// Puts `entry` at `key`, in the place of a directory there and of an entry at a directory of the key.
  mutating func put(_ entry: Entry, at key: [UInt8]) {
    precondition(!key.isEmpty, "the root is a directory")
    switch node.walk(key) {
    case .blocked(let length, _): removeEntry(at: Array(key[..<length]))
    case .directory: removeSubtree(key + [Key.separator])
    case .entry, .absent: break
    }
    set(entry, at: key)
  }

  private mutating func append(_ bytes: [UInt8], at key: [UInt8], revision: UInt64) {
    guard let old = node.entry(at: key), let value = old.value else {
      return put(Entry(revision: revision, mediaType: .octetStream, content: .bytes(Value(bytes))), at: key)
    }
    // Several appends of one commit are one.
    let from = old.revision == revision ? old.appendedFrom : value.count
    set(
      Entry(
        revision: revision, mediaType: old.mediaType, content: .bytes(value.appending(bytes)), appendedFrom: from),
      at: key)
    // Full blocks live on in the new value.
    editor.superseded -= value.count - value.count % KeyValueLimits.blockBytes
  }

  // MARK: Single steps

  /// Sets the entry at `key` and nothing else: the caller knows that no directory is in the way.
  mutating func set(_ entry: Entry, at key: [UInt8]) {
    if let old = editor.set(entry, at: key, in: &node, depth: 0) { editor.superseded += old.content.byteCount }
  }

  /// - Precondition: there is an entry at `key`.
  mutating func removeEntry(at key: [UInt8]) {
    let old = editor.remove(key, from: &node, depth: 0)
    editor.superseded += old.content.byteCount
  }

  /// Removes every key that starts with `prefix`.
  ///
  /// - Precondition: there is one.
  mutating func removeSubtree(_ prefix: [UInt8]) {
    let removed = editor.removeSubtree(prefix, from: &node, depth: 0)
    editor.superseded += removed.bytes + removed.entries * Node.overhead
  }
}
