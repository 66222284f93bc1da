extension Root {
  /// What is below `directory`, which itself does not count.
  public func totals(under directory: Key) -> Totals {
    if case .directory(let totals) = node.walk(directory.bytes) { totals } else { Totals() }
  }

  /// Immediate children of `directory` in order, after the one named `name`.
  ///
  /// Costs the same wherever it starts and whatever the children hold.
  ///
  /// - Precondition: `limit` is at least 1.
  public func children(of directory: Key, after name: String? = nil, limit: Int) -> Page<DirectoryItem> {
    precondition(limit >= 1, "a page has an item")
    let prefix = directory.directoryPrefix
    // No key has a byte between the separator and 0x20, so this is past the child and all below it.
    var lower = name.map { prefix + Array($0.utf8) + [Key.separator + 1] } ?? prefix
    var items: [DirectoryItem] = []
    guard let start = node.cursor(at: prefix) else { return Page(items: [], isLast: true) }
    while true {
      guard let (key, entry) = Self.first(atOrAfter: lower, below: start, prefix) else {
        return Page(items: items, isLast: true)
      }
      guard items.count < limit else { return Page(items: items, isLast: false) }
      let end = key[prefix.count...].firstIndex(of: Key.separator) ?? key.count
      let child = Array(key[..<end])
      let kind: DirectoryItem.Kind =
        end == key.count ? .entry(entry) : .directory(totals(under: Key(unchecked: child)))
      items.append(DirectoryItem(name: String(decoding: child[prefix.count...], as: UTF8.self), kind: kind))
      lower = child + [Key.separator + 1]
    }
  }

  /// Entries below `directory` at any depth, in key order, after `key`.
  ///
  /// - Precondition: `limit` is at least 1.
  public func entries(under directory: Key, after key: Key? = nil, limit: Int) -> Page<KeyedEntry> {
    precondition(limit >= 1, "a page has an item")
    let prefix = directory.directoryPrefix
    var items: [KeyedEntry] = []
    guard let start = node.cursor(at: prefix) else { return Page(items: [], isLast: true) }
    // The least bytes after a key are that key and a separator.
    let isLast = Self.visit(start, prefix, from: key.map { $0.bytes + [Key.separator] }) { bytes, entry in
      guard items.count < limit else { return false }
      items.append(KeyedEntry(key: Key(unchecked: bytes), entry: entry))
      return true
    }
    return Page(items: items, isLast: isLast)
  }

  private static func first(
    atOrAfter lower: [UInt8], below start: Cursor, _ prefix: [UInt8]
  ) -> (key: [UInt8], entry: Entry)? {
    var found: (key: [UInt8], entry: Entry)?
    _ = visit(start, prefix, from: lower) { key, entry in
      found = (key, entry)
      return false
    }
    return found
  }

  /// - Parameter prefix: the bytes that led to `start`.
  private static func visit(
    _ start: Cursor, _ prefix: [UInt8], from lower: [UInt8]?, _ body: ([UInt8], Entry) -> Bool
  ) -> Bool {
    var path = prefix
    start.node.label.append(to: &path, from: start.offset)
    return start.node.visit(&path, from: lower, body)
  }
}
