import BrokerCore
import Hosting
import KeyValues
import Persistent
import Synchronization
import Vocabulary

/// What a watch is about: everybody who asks for the same shares one feed.
struct KeyFeedID: Hashable, Sendable {
  let namespace: NamespaceID
  let scope: Scope
  let hasValues: Bool
}

/// The commits of one scope, encoded once for all who watch it.
///
/// It is filled by whoever reads first after a commit, from the namespace's own history: every commit that changed
/// something in scope is there, alone, in order. A reader behind its oldest commit reads the history itself.
final class KeyFeed: Sendable {
  /// Bytes of encoded commits that are kept for those who read later.
  private static let capacity = 4 << 20
  /// Commits that one look at the history takes.
  private static let commitsPerLook = 256
  /// Changes in one event; a larger commit comes in several.
  static let changesPerEvent = 256

  struct Item: Sendable {
    let revision: UInt64
    /// `nil`: too large to be shared; each reader encodes it, part by part.
    let event: KeyEvent?
    let commit: Commit
  }

  enum Reading: Sendable {
    /// What follows, in order; `through` is as far as was looked.
    case items([Item], through: UInt64)
    case gone(oldest: UInt64)
    case ended
  }

  private struct Contents {
    var items: [Item] = []
    var bytes = 0
    /// Commits up to this one are not here.
    var after: UInt64
    var through: UInt64
    /// Of the namespace that is watched: another of the same name is another.
    var created: UInt64?
  }

  let id: KeyFeedID
  private let broker: Broker
  private let contents: Mutex<Contents>

  init(_ id: KeyFeedID, _ broker: Broker, from revision: UInt64) {
    self.id = id
    self.broker = broker
    contents = Mutex(Contents(after: revision, through: revision))
  }

  /// - Parameter revision: the last that the reader has seen.
  func read(after revision: UInt64, for attribution: Attribution) -> Reading {
    let found = broker.withSnapshot { ($0.namespace(id.namespace, for: attribution), $0.epoch) }
    guard let held = found.0 else { return .ended }
    return contents.withLock { contents in
      // Removed, and to come into being again with its next write.
      if held.createdSeq == nil, contents.created != nil { return .ended }
      if let created = held.createdSeq {
        if let known = contents.created, known != created { return .ended }
        contents.created = created
        // One that came into being with its first write: nothing of it was before.
        if contents.through < created { contents.through = created }
      }
      Self.catchUp(&contents, held, id, epoch: found.1)
      if revision < contents.after { return Self.privately(held, id, after: revision, epoch: found.1) }
      let start = Self.firstIndex(of: contents.items, after: revision)
      return .items(Array(contents.items[start...]), through: max(revision, contents.through))
    }
  }

  private static func firstIndex(of items: [Item], after revision: UInt64) -> Int {
    var (low, high) = (0, items.count)
    while low < high {
      let middle = (low + high) / 2
      if items[middle].revision <= revision { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func catchUp(
    _ contents: inout Contents, _ held: HeldNamespace, _ id: KeyFeedID, epoch: UInt32
  ) {
    while contents.through < held.namespace.revision {
      do throws(Compacted) {
        let page = try held.namespace.commits(
          after: contents.through, under: id.scope, limit: commitsPerLook, changeLimit: changesPerEvent + 1)
        for commit in page.commits {
          let item = item(commit, id, epoch)
          contents.items.append(item)
          contents.bytes += item.event?.sse.count ?? 0
        }
        contents.through = page.through
        if page.isLast { break }
      } catch {
        // Nobody read for so long that history has moved on: the feed begins anew, readers see for themselves.
        contents = Contents(after: held.namespace.revision, through: held.namespace.revision, created: contents.created)
      }
    }
    trim(&contents)
  }

  private static func trim(_ contents: inout Contents) {
    var dropped = 0
    while contents.bytes > capacity, dropped < contents.items.count - 1 {
      contents.bytes -= contents.items[dropped].event?.sse.count ?? 0
      contents.after = contents.items[dropped].revision
      dropped += 1
    }
    if dropped > 0 { contents.items.removeFirst(dropped) }
  }

  private static func item(_ commit: Commit, _ id: KeyFeedID, _ epoch: UInt32) -> Item {
    let isSmall = commit.isWhole && commit.changes.count <= changesPerEvent
    let event = isSmall ? KeyEvent(commit, commit.changes, isPartial: false, id.hasValues, epoch) : nil
    return Item(revision: commit.revision, event: event, commit: commit)
  }

  private static func privately(
    _ held: HeldNamespace, _ id: KeyFeedID, after revision: UInt64, epoch: UInt32
  ) -> Reading {
    do throws(Compacted) {
      let page = try held.namespace.commits(
        after: revision, under: id.scope, limit: commitsPerLook, changeLimit: changesPerEvent + 1)
      return .items(page.commits.map { item($0, id, epoch) }, through: page.through)
    } catch {
      return .gone(oldest: error.oldest)
    }
  }
}

/// The feeds that somebody reads.
final class KeyFeeds: Sendable {
  private struct Contents {
    var feeds: [KeyFeedID: (feed: KeyFeed, readers: Int)] = [:]
    var readers: [NamespaceID: Int] = [:]
  }

  private let contents = Mutex(Contents())

  /// - Throws: 403 when the namespace has all the watchers that it may.
  func open(
    _ id: KeyFeedID, _ broker: Broker, from revision: UInt64, quota: NamespaceQuota
  ) throws(Problem) -> KeyFeed {
    let feed: KeyFeed? = contents.withLock { contents in
      let readers = contents.readers[id.namespace] ?? 0
      guard readers < quota.maximumWatchers else { return nil }
      contents.readers[id.namespace] = readers + 1
      var entry = contents.feeds[id] ?? (KeyFeed(id, broker, from: revision), 0)
      entry.readers += 1
      contents.feeds[id] = entry
      return entry.feed
    }
    guard let feed else {
      throw Problem(403, "quota_exceeded", "the namespace has \(quota.maximumWatchers) watchers, as many as it may")
    }
    return feed
  }

  func close(_ feed: KeyFeed) {
    contents.withLock { contents in
      let readers = (contents.readers[feed.id.namespace] ?? 1) - 1
      contents.readers[feed.id.namespace] = readers > 0 ? readers : nil
      guard var entry = contents.feeds[feed.id], entry.feed === feed else { return }
      entry.readers -= 1
      contents.feeds[feed.id] = entry.readers > 0 ? entry : nil
    }
  }
}
