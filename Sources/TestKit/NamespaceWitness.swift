import BrokerCore
import Jobs
import KeyValues
import Persistent
import Vocabulary

/// One namespace as its records tell it: every state a plain dictionary of its own, no tree.
struct NamespaceWitness {
  struct Entry: Equatable {
    enum Content: Equatable {
      case bytes([UInt8])
      case other(EntryContent)
    }

    let revision: UInt64
    let content: Content
    let mediaType: MediaType

    init(_ content: EntryContent, _ mediaType: MediaType, revision: UInt64) {
      self.revision = revision
      self.mediaType = mediaType
      if case .bytes(let value) = content { self.content = .bytes(value.bytes) } else { self.content = .other(content) }
    }

    init(_ entry: KeyValues.Entry) { self.init(entry.content, entry.mediaType, revision: entry.revision) }

    var byteCount: Int {
      switch content {
      case .bytes(let bytes): bytes.count
      case .other(let content): content.byteCount
      }
    }

    var isLink: Bool { if case .other(.symlink) = content { true } else { false } }
  }

  struct State {
    let revision: UInt64
    let at: Timestamp
    let entries: [String: Entry]
  }

  /// States remembered beyond those that are retained, so that late answers can be checked.
  private static let remembered = 128
  /// As the product: states that one commit drops at most.
  private static let trimmedAtOnce = 256

  let owner: Principal
  let createdSeq: UInt64
  let retention: HistoryRetention
  var quota: NamespaceQuota
  var expiresAt: Timestamp?
  private(set) var states: [State]
  /// Index of the oldest state that can be read.
  private(set) var retained = 0
  private(set) var bytes = 0

  init(_ creation: NamespaceCreation, owner: Principal, entries: [String: Entry], seq: UInt64, at: Timestamp) {
    self.owner = owner
    createdSeq = seq
    retention = creation.retention
    quota = creation.quota
    states = [State(revision: seq, at: at, entries: entries)]
    bytes = Self.bytes(of: entries)
  }

  var last: State { states[states.count - 1] }
  var retainedStates: ArraySlice<State> { states[retained...] }

  /// The state that a read at `revision` sees.
  func state(at revision: UInt64) -> State? { states.last { $0.revision <= revision } }
  func state(before revision: UInt64) -> State? { states.last { $0.revision < revision } }
  func hasCommit(_ revision: UInt64) -> Bool { states.dropFirst().contains { $0.revision == revision } }

  // MARK: Commits

  /// - Returns: why there cannot be such a commit.
  mutating func commit(_ changes: [Change], revision: UInt64, at: Timestamp) -> String? {
    guard revision > last.revision else { return "the commit does not follow \(last.revision)" }
    guard !changes.isEmpty else { return "an empty commit" }
    let before = (keys: last.entries.count, bytes: bytes)
    let entries = Self.applying(changes, to: last.entries, revision: revision)
    bytes = Self.bytes(of: entries)
    states.append(State(revision: revision, at: at, entries: entries))
    if entries.count > quota.maximumKeys, entries.count > before.keys {
      return "\(entries.count) keys exceed the quota"
    }
    if bytes > quota.maximumBytes, bytes > before.bytes { return "\(bytes) bytes exceed the quota" }
    for _ in 0..<Self.trimmedAtOnce {
      let count = states.count - retained
      guard count > 1 else { break }
      let isTooOld = at.since(states[retained + 1].at) > retention.maximumAge
      guard count > retention.maximumRevisions || isTooOld else { break }
      retained += 1
    }
    forgetOldest()
    return nil
  }

  mutating func compact() { retained = states.count - 1 }

  /// What the product keeps less for the sake of memory, which dictionaries do not know of.
  /// - Returns: why it must not.
  mutating func adopt(oldest: UInt64, count: Int) -> String? {
    let expected = states.count - retained
    guard let index = states.lastIndex(where: { $0.revision == oldest }), states.count - index == count else {
      return "\(count) revisions since \(oldest) are retained, \(expected) since \(states[retained].revision) should"
    }
    let isExact = retention.maximumSupersededBytes >= HistoryRetention.standard.maximumSupersededBytes
    guard isExact ? count == expected : count <= expected && count >= min(expected, retention.minimumRevisions) else {
      return "\(count) revisions are retained instead of \(expected)"
    }
    retained = index
    return nil
  }

  private mutating func forgetOldest() {
    guard retained > 2 * Self.remembered else { return }
    states.removeFirst(Self.remembered)
    retained -= Self.remembered
  }

  // MARK: Dictionaries

  static func bytes(of entries: [String: Entry]) -> Int {
    entries.reduce(0) { $0 + $1.key.utf8.count + $1.value.byteCount }
  }

  static func applying(_ changes: [Change], to entries: [String: Entry], revision: UInt64) -> [String: Entry] {
    var entries = entries
    for change in changes { apply(change, to: &entries, revision: revision) }
    return entries
  }

  private static func apply(_ change: Change, to entries: inout [String: Entry], revision: UInt64) {
    let key = change.key.text
    switch change {
    case .put(_, let content, let mediaType):
      for other in entries.keys where isAbove(key, other) || isAbove(other, key) { entries[other] = nil }
      entries[key] = Entry(content, mediaType, revision: revision)
    case .append(_, let more):
      guard let old = entries[key], case .bytes(let bytes) = old.content else {
        return apply(.put(change.key, .bytes(Value(more)), .octetStream), to: &entries, revision: revision)
      }
      entries[key] = Entry(.bytes(Value(bytes + more)), old.mediaType, revision: revision)
    case .delete: entries[key] = nil
    case .deleteDirectory(let directory):
      if entries[key]?.content == .other(.directory) { entries[key] = nil }
      for other in entries.keys where directory.isRoot || isAbove(key, other) { entries[other] = nil }
    }
  }

  /// Whether `key` is a directory that holds `other`.
  static func isAbove(_ key: String, _ other: String) -> Bool {
    let (key, other) = (key.utf8, other.utf8)
    guard other.count > key.count, other.starts(with: key) else { return false }
    return other[other.index(other.startIndex, offsetBy: key.count)] == UInt8(ascii: ".")
  }

  /// Whether a comparison holds; `nil` where a link makes it more than a look-up.
  static func holds(_ compare: Transaction.Compare, in entries: [String: Entry]) -> Bool? {
    let key = compare.key.text
    if entries.contains(where: { $0.value.isLink && ($0.key == key || isAbove($0.key, key)) }) { return nil }
    let entry = entries[key]
    switch compare {
    case .revision(_, .equal, let revision): return (entry?.revision ?? 0) == revision
    case .revision(_, .less, let revision): return (entry?.revision ?? 0) < revision
    case .revision(_, .greater, let revision): return (entry?.revision ?? 0) > revision
    case .value(_, let bytes): return entry?.content == .bytes(bytes)
    case .exists(_, let expected): return (entry != nil || entries.keys.contains { isAbove(key, $0) }) == expected
    }
  }
}
