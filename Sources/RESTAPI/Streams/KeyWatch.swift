import BrokerCore
import HTTPServing
import Hosting
import KeyValues
import Synchronization
import Vocabulary

/// One client's watch of a namespace: a revision, and what of the last event was not yet taken.
final class KeyWatch: StreamSource, TendedStream {
  /// Of what a watch begins with; a value larger than this comes alone.
  private static let valueBytesPerEvent = 1 << 20

  private struct State {
    /// The last commit that the client has, or is about to have.
    var revision: UInt64
    var items: ArraySlice<KeyFeed.Item> = []
    /// A commit on its way in parts, and the last key that went.
    var large: (commit: Commit, after: Key?)?
    /// What the scope held at the beginning, on its way in parts.
    var initial: (root: Root, after: Key?)?
    var rest: ArraySlice<UInt8> = []
    var isFinished = false
    var lastWrite: Timestamp
    var waker: StreamWaker?
  }

  private let state: Mutex<State>
  private let feed: KeyFeed
  private let caller: Caller
  private let attribution: Attribution
  private let form: EventStream.Form
  private let epoch: UInt32
  private let api: API

  /// - Parameter initial: the state that is sent first; `nil`: only what follows.
  init(
    api: API, caller: Caller, attribution: Attribution, feed: KeyFeed, form: EventStream.Form, epoch: UInt32,
    from revision: UInt64, initial: Root?
  ) {
    self.api = api
    self.caller = caller
    self.attribution = attribution
    self.feed = feed
    self.form = form
    self.epoch = epoch
    let begin = Timestamp(microseconds: api.broker.ports.now().microseconds - EventStream.heartbeatMicroseconds)
    state = Mutex(State(revision: revision, initial: initial.map { ($0, nil) }, lastWrite: begin))
  }

  func attach(_ waker: StreamWaker) {
    state.withLock { $0.waker = waker }
    api.pacer.add(self, isPaced: true)
  }

  func closed() {
    api.pacer.remove(self)
    api.keyFeeds.close(feed)
    api.streamCounts.release(caller)
  }

  func wake() { state.withLock { $0.waker }?.wake() }

  func tend(at now: Timestamp) {
    let isValid = api.signIn.isStillValid(caller)
    let isDue = state.withLock { state in
      if !isValid { end(&state, "auth-expired", "{}") }
      return !isValid || now.since(state.lastWrite).microseconds >= EventStream.heartbeatMicroseconds
    }
    if isDue { wake() }
  }

  func pull(into buffer: UnsafeMutableRawBufferPointer) -> StreamPull {
    let now = api.broker.ports.now()
    return state.withLock { state in
      var count = 0
      unsafe state.rest.move(into: buffer, &count)
      while count < buffer.count, state.rest.isEmpty, !state.isFinished {
        guard produce(&state) else { break }
        unsafe state.rest.move(into: buffer, &count)
      }
      if count == 0, !state.isFinished, now.since(state.lastWrite).microseconds >= EventStream.heartbeatMicroseconds {
        state.rest = form.bookmark(at: Position(epoch: epoch, seq: state.revision))
        unsafe state.rest.move(into: buffer, &count)
      }
      if count > 0 {
        state.lastWrite = now
        return .wrote(count)
      }
      return state.isFinished ? .finished : .nothingYet
    }
  }

  /// Puts the next event into `rest`.
  /// - Returns: whether there was one.
  private func produce(_ state: inout State) -> Bool {
    if let (root, after) = state.initial {
      produceInitial(&state, root, after)
      return true
    }
    if let (commit, after) = state.large {
      produceLarge(&state, commit, after)
      return true
    }
    if let item = state.items.popFirst() {
      state.revision = item.revision
      if let event = item.event { put(event, &state) } else { produceLarge(&state, item.commit, nil) }
      return true
    }
    switch readOn(&state) {
    case .items(let items, _):
      state.items = items[...]
      return items.isEmpty ? false : produce(&state)
    case .gone(let oldest): end(&state, "error", "{\"code\":\"revision_gone\",\"oldest_revision\":\(oldest)}")
    case .ended: end(&state, "end", "{}")
    }
    return true
  }

  /// Looks on until there is something, or nothing more.
  private func readOn(_ state: inout State) -> KeyFeed.Reading {
    while true {
      let reading = feed.read(after: state.revision, for: attribution)
      guard case .items(let items, let through) = reading, items.isEmpty, through > state.revision else {
        return reading
      }
      state.revision = through
    }
  }

  private func produceInitial(_ state: inout State, _ root: Root, _ after: Key?) {
    let (page, only): (Page<KeyedEntry>, KeyedEntry?) =
      switch feed.id.scope {
      case .everything: (root.entries(under: .root, after: after, limit: KeyFeed.changesPerEvent), nil)
      case .directory(let key):
        (
          root.entries(under: key, after: after, limit: KeyFeed.changesPerEvent),
          after == nil ? root.entry(at: key).map { KeyedEntry(key: key, entry: $0) } : nil
        )
      case .key(let key):
        (Page(items: [], isLast: true), root.entry(at: key).map { KeyedEntry(key: key, entry: $0) })
      }
    let items = feed.id.hasValues ? Self.fitting(page.items) : page.items
    let isLast = page.isLast && items.count == page.items.count
    let entries = (only.map { [$0] } ?? []) + items
    state.initial = isLast ? nil : (root, items.last?.key)
    put(KeyEvent(entries, revision: state.revision, isPartial: !isLast, feed.id.hasValues, epoch), &state)
  }

  /// As many as one event should carry; one at least.
  private static func fitting(_ items: [KeyedEntry]) -> [KeyedEntry] {
    var bytes = 0
    for (index, item) in items.enumerated() {
      bytes += item.entry.value?.count ?? 0
      if bytes > valueBytesPerEvent, index > 0 { return Array(items[..<index]) }
    }
    return items
  }

  private func produceLarge(_ state: inout State, _ commit: Commit, _ after: Key?) {
    let page = commit.before.changes(
      to: commit.after, under: feed.id.scope, after: after, limit: KeyFeed.changesPerEvent)
    state.large = page.isLast ? nil : (commit, page.items.last?.key)
    put(KeyEvent(commit, page.items, isPartial: !page.isLast, feed.id.hasValues, epoch), &state)
  }

  private func put(_ event: KeyEvent, _ state: inout State) {
    state.rest = form == .lines ? event.data + [UInt8(ascii: "\n")] : event.sse[...]
  }

  private func end(_ state: inout State, _ name: String, _ data: String) {
    guard !state.isFinished else { return }
    state.isFinished = true
    state.items = []
    (state.large, state.initial) = (nil, nil)
    state.rest =
      form == .serverSentEvents
      ? Array("event: \(name)\ndata: \(data)\n\n".utf8)[...] : Array("{\"\(name)\":\(data)}\n".utf8)[...]
  }
}
