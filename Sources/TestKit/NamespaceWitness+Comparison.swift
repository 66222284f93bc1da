import BrokerCore
import KeyValues
import Vocabulary

/// A namespace of the broker against its witness.
extension NamespaceWitness {
  /// - Returns: how the head, the retained history or the surroundings differ.
  mutating func difference(from held: HeldNamespace, withContents: Bool) -> String? {
    let namespace = held.namespace
    guard held.owner == owner, held.createdSeq == createdSeq, namespace.quota == quota else {
      return "its head differs"
    }
    guard held.expiresAt == expiresAt else {
      return "it ends at \(held.expiresAt?.microseconds ?? -1) instead of \(expiresAt?.microseconds ?? -1)"
    }
    guard namespace.revision == last.revision else {
      return "it is at revision \(namespace.revision) instead of \(last.revision)"
    }
    let totals = namespace.root.totals
    guard totals.entries == last.entries.count, totals.bytes == bytes else {
      return "it counts \(totals.entries) keys of \(totals.bytes) bytes instead of \(last.entries.count) of \(bytes)"
    }
    if let fault = adopt(oldest: namespace.oldestRevision, count: namespace.retainedRevisions) { return fault }
    return withContents ? Self.difference(of: last.entries, from: namespace.root) : nil
  }

  static func difference(of entries: [String: Entry], from root: Root) -> String? {
    let items = root.entries(under: .root, limit: .max).items
    guard items.count == entries.count else { return "\(items.count) keys instead of \(entries.count)" }
    for item in items where entries[item.key.text] != Entry(item.entry) { return "\(item.key.text) differs" }
    return nil
  }

  /// A read in the past, by the revision itself and by the last number before the next one.
  func pastFault(in namespace: Namespace, at index: Int) -> String? {
    let state = states[index]
    let end = index + 1 < states.count ? states[index + 1].revision - 1 : UInt64.max
    for revision in [state.revision, end] {
      guard let root = namespace.root(at: revision) else { return "revision \(revision) cannot be read" }
      if let fault = Self.difference(of: state.entries, from: root) { return "at revision \(revision): \(fault)" }
    }
    let oldest = namespace.oldestRevision
    if oldest > 0, namespace.root(at: oldest - 1) != nil { return "what is before the oldest revision can be read" }
    return nil
  }

  /// What a watch from a state on is told must lead through every later state, none left out.
  func watchFault(in namespace: Namespace, from index: Int) -> String? {
    var entries = states[index].entries
    var next = index + 1
    var seen = states[index].revision
    while true {
      guard let page = try? namespace.commits(after: seen, under: .everything, limit: 7) else {
        return "no watch from \(seen)"
      }
      for commit in page.commits {
        // A commit may come to nothing: it is not told.
        while next < states.count, states[next].revision < commit.revision {
          guard states[next].entries == entries else { return "the commit \(states[next].revision) was not told" }
          next += 1
        }
        for change in commit.changes {
          guard entries[change.key.text] == change.old.map({ Entry($0) }) else {
            return "\(change.key.text) was something else before \(commit.revision)"
          }
          entries[change.key.text] = change.new.map { Entry($0) }
        }
        guard next < states.count, states[next].revision == commit.revision, states[next].entries == entries else {
          return "what was told does not lead to \(commit.revision)"
        }
        next += 1
      }
      seen = page.through
      if page.isLast { break }
    }
    return entries == last.entries ? nil : "what was told does not lead to the present"
  }
}
