@testable import KeyValues

/// What a namespace should be, in the plainest form: a dictionary that is copied for every revision.
struct ReferenceStore {
  var entries: [Key: Entry] = [:]

  mutating func apply(_ change: Change, revision: UInt64) {
    switch change {
    case .put(let key, let content, let mediaType):
      entries = entries.filter { !key.isAncestor(of: $0.key) && !$0.key.isAncestor(of: key) }
      entries[key] = Entry(revision: revision, mediaType: mediaType, content: content)
    case .append(let key, let more):
      guard let old = entries[key], let value = old.value else {
        return apply(.put(key, .bytes(Value(more)), .octetStream), revision: revision)
      }
      let from = old.revision == revision ? old.appendedFrom : value.count
      entries[key] = Entry(
        revision: revision, mediaType: old.mediaType, content: .bytes(Value(value.bytes + more)),
        appendedFrom: from)
    case .delete(let key): entries[key] = nil
    case .deleteDirectory(let key):
      if entries[key]?.content == .directory { entries[key] = nil }
      entries = entries.filter { !key.isAncestor(of: $0.key) }
    }
  }

  var sorted: [KeyedEntry] {
    entries.map { KeyedEntry(key: $0.key, entry: $0.value) }.sorted { $0.key < $1.key }
  }

  var totals: Totals {
    entries.reduce(into: Totals()) { totals, item in
      totals.entries += 1
      totals.bytes += item.key.bytes.count + item.value.content.byteCount
      if case .blob = item.value.content { totals.blobs += 1 }
    }
  }

  func lookup(_ key: Key) -> Lookup {
    if let entry = entries[key] { return Self.lookup(entry, at: key, rest: .root) }
    if let (at, entry) = entries.first(where: { $0.key.isAncestor(of: key) }) {
      guard case .symlink = entry.content else { return .absent }
      let rest = key.segments.dropFirst(at.segments.count).joined(separator: ".")
      return Self.lookup(entry, at: at, rest: try! Key(rest))
    }
    let below = ReferenceStore(entries: entries.filter { key.isAncestor(of: $0.key) })
    return below.entries.isEmpty && !key.isRoot ? .absent : .directory(below.totals)
  }

  private static func lookup(_ entry: Entry, at key: Key, rest: Key) -> Lookup {
    guard case .symlink(let target, let namespace) = entry.content else { return .entry(entry) }
    return .link(Lookup.Link(at: key, target: target, namespace: namespace, rest: rest))
  }

  func children(of directory: Key) -> [DirectoryItem] {
    let depth = directory.segments.count
    let below = sorted.filter { directory.isAncestor(of: $0.key) }
    var items: [DirectoryItem] = []
    for item in below where items.last?.name != item.key.segments[depth] {
      let name = item.key.segments[depth]
      if item.key.segments.count == depth + 1 {
        items.append(DirectoryItem(name: name, kind: .entry(item.entry)))
      } else {
        let child = try! directory.appending(try! Key(name))
        guard case .directory(let totals) = lookup(child) else { fatalError("a directory has keys") }
        items.append(DirectoryItem(name: name, kind: .directory(totals)))
      }
    }
    return items
  }

  /// What `later` has different, in key order.
  func differences(to later: ReferenceStore, under scope: Scope) -> [(key: Key, old: Entry?, new: Entry?)] {
    Set(entries.keys).union(later.entries.keys).filter(scope.contains).sorted().compactMap { key in
      entries[key] == later.entries[key] ? nil : (key, entries[key], later.entries[key])
    }
  }
}
