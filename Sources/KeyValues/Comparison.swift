/// Walks two trees side by side, in key order, and skips what both share.
struct Comparison {
  /// The children of a place: those of a node, or the rest of an edge.
  private enum Continuation {
    case nothing
    case children(Branch)
    case edge(Cursor)

    var count: Int {
      switch self {
      case .nothing: 0
      case .children(let branch): branch.count
      case .edge: 1
      }
    }

    /// The byte that goes on with the child of this index; greater than all bytes when there is none.
    func byte(_ index: Int) -> Int {
      switch self {
      case .children(let branch) where index < branch.count: Int(branch[index].byte)
      case .edge(let cursor) where index == 0: Int(cursor.node.label[cursor.offset])
      default: .max
      }
    }

    /// - Precondition: `index` is within bounds.
    subscript(index: Int) -> Cursor? {
      switch self {
      case .nothing: nil
      case .children(let branch): Cursor(node: branch.child(index), offset: 0)
      case .edge(let cursor): cursor
      }
    }
  }

  /// Bytes of the key up to where the walk is.
  private var path: [UInt8]
  /// Keys up to this one are left out.
  private let after: [UInt8]?
  private let limit: Int
  private(set) var found: [EntryChange] = []
  /// Whether there was more than `limit`.
  private(set) var isCut = false

  init(at prefix: [UInt8], after: [UInt8]?, limit: Int) {
    path = prefix
    self.after = after
    self.limit = limit
  }

  /// Notes the difference at the present key.
  ///
  /// - Returns: `false` when there is no room for it.
  private mutating func note(_ old: Entry?, _ new: Entry?) -> Bool {
    guard old != nil || new != nil else { return true }
    if let after, !after.lexicographicallyPrecedes(path) { return true }
    guard old != new else { return true }
    guard found.count < limit else {
      isCut = true
      return false
    }
    found.append(EntryChange(key: Key(unchecked: path), old: old, new: new))
    return true
  }

  /// Notes the difference at a key that was walked to otherwise.
  mutating func note(at key: [UInt8], _ old: Entry?, _ new: Entry?) -> Bool {
    let saved = path
    path = key
    defer { path = saved }
    return note(old, new)
  }

  /// Compares what is below two places at the same key; `nil` is a place with nothing.
  ///
  /// - Returns: `false` when there was no room for a difference.
  mutating func compare(_ old: Cursor?, _ new: Cursor?) -> Bool {
    if let old, let new, old.node === new.node, old.offset == new.offset { return true }
    if let after, !after.starts(with: path), path.lexicographicallyPrecedes(after) { return true }
    let length = path.count
    defer { path.removeLast(path.count - length) }
    guard let some = old ?? new else { return true }
    let common =
      if let old, let new {
        old.node.label.commonPrefix(from: old.offset, with: new.node.label, from: new.offset)
      } else { some.node.label.count - some.offset }
    some.node.label.append(to: &path, from: some.offset, upTo: some.offset + common)
    let (oldEntry, oldRest) = Self.step(old, by: common)
    let (newEntry, newRest) = Self.step(new, by: common)
    return note(oldEntry, newEntry) && merge(oldRest, newRest)
  }

  /// The entry at a place `count` bytes further, and what comes after it.
  private static func step(_ cursor: Cursor?, by count: Int) -> (Entry?, Continuation) {
    guard let cursor else { return (nil, .nothing) }
    let offset = cursor.offset + count
    if offset < cursor.node.label.count { return (nil, .edge(Cursor(node: cursor.node, offset: offset))) }
    return (cursor.node.entry, cursor.node.branch.map { .children($0) } ?? .nothing)
  }

  private mutating func merge(_ old: Continuation, _ new: Continuation) -> Bool {
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
      let (oldByte, newByte) = (old.byte(i), new.byte(j))
      guard compare(oldByte <= newByte ? old[i] : nil, newByte <= oldByte ? new[j] : nil) else { return false }
      if oldByte <= newByte { i += 1 }
      if newByte <= oldByte { j += 1 }
    }
    return true
  }
}

extension Root {
  /// What is different in `other`, in key order, after `key`; parts that both share are skipped unseen.
  ///
  /// Whether a change is an append is judged by the values: over several commits, appends only.
  ///
  /// - Precondition: `limit` is at least 1.
  public func changes(
    to other: Root, under scope: Scope = .everything, after key: Key? = nil, limit: Int = .max
  ) -> Page<EntryChange> {
    precondition(limit >= 1, "a page has an item")
    guard node !== other.node else { return Page(items: [], isLast: true) }
    let directory: Key
    switch scope {
    case .everything: directory = .root
    case .key(let key), .directory(let key): directory = key
    }
    let prefix = directory.directoryPrefix
    var comparison = Comparison(at: prefix, after: key?.bytes, limit: limit)
    let goesOn =
      directory.isRoot
      || comparison.note(at: directory.bytes, entry(at: directory), other.entry(at: directory))
    if case .key = scope { return Page(items: comparison.found, isLast: goesOn) }
    _ = goesOn && comparison.compare(node.cursor(at: prefix), other.node.cursor(at: prefix))
    return Page(items: comparison.found, isLast: !comparison.isCut)
  }
}
