import BrokerCore
import Dispatch
import HTTPServing
import Hosting
import KeyValues
import Synchronization
import Vocabulary

extension API {
  static var keyWatchRoutes: [Route] {
    [
      Route(
        "GET", "/v1/kvs/{ns}/watch", produces: [MediaTypes.eventStream, MediaTypes.ndjson],
        .none { api, context throws(Problem) in try api.watchKeys(context) })
    ]
  }

  private func watchKeys(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["key", "prefix", "since", "initial", "values", "user"])
    let place = try keyPlace(context, of: try query.text("user"))
    let scope = try Self.scope(query)
    let hasValues = try query.text("values") == nil ? true : try query.flag("values")
    let begins = try query.flag("initial")
    let revision = try resumption(context, query, place)
    let root = begins ? try place.root(atRevision: revision) : nil
    let id = KeyFeedID(namespace: place.id, scope: scope, hasValues: hasValues)
    return try openStream(context) { caller, form throws(Problem) in
      KeyWatch(
        api: self, caller: caller, attribution: context.attribution,
        feed: try keyFeeds.open(id, broker, from: revision, quota: place.namespace.quota), form: form,
        epoch: place.epoch, from: revision, initial: root)
    }
  }

  private static func scope(_ query: QueryReader) throws(Problem) -> Scope {
    switch (try query.text("key"), try query.text("prefix")) {
    case (nil, nil): return .everything
    case (let key?, nil): return .key(try KeyText.key(key))
    case (nil, let prefix?):
      let directory = try KeyText.directory(prefix)
      return directory.isRoot ? .everything : .directory(directory)
    case (.some, .some): throw .badQuery("key and prefix exclude each other")
    }
  }

  /// After which revision the watch begins.
  private func resumption(
    _ context: RequestContext, _ query: QueryReader, _ place: KeyPlace
  ) throws(Problem) -> UInt64 {
    let since = try query.text("since")
    guard let text = context.head.header("last-event-id") ?? since else {
      return place.held.createdSeq == nil ? place.newest : place.namespace.revision
    }
    let revision = try KeyText.revision(text, place.epoch, oldest: place.namespace.oldestRevision)
    guard let created = place.held.createdSeq else {
      return revision <= place.newest ? revision : try place.aheadOfTheLog()
    }
    // Nothing of it was before: whoever watched it then has missed nothing.
    if revision < created, place.id.isImplicit { return created }
    _ = try place.root(atRevision: revision)
    return revision
  }

  // MARK: Waiting for a key

  func waitForKey(
    _ key: Key, _ place: KeyPlace, _ form: KeyForm, _ timeout: TimeSpan, _ context: RequestContext
  ) -> HTTPReply {
    let pending = unanswered(context, seconds: JobWait.commitSeconds + timeout.seconds)
    let wait = KeyWait(api: self, context: context, key: key, place: place, form, pending)
    wait.begin(timeout)
    return .later(pending)
  }
}

/// A request that waits until a key exists: parked, holding no thread.
private final class KeyWait: Sendable {
  private let api: API
  private let context: RequestContext
  private let key: Key
  private let place: KeyPlace
  private let form: KeyForm
  private let pending: PendingReply
  private let ticket = Mutex<Watchers.Ticket?>(nil)
  private let isOver = Atomic<Bool>(false)

  init(
    api: API, context: RequestContext, key: Key, place: KeyPlace, _ form: KeyForm, _ pending: PendingReply
  ) {
    self.api = api
    self.context = context
    self.key = key
    self.place = place
    self.form = form
    self.pending = pending
  }

  /// Watches first and looks afterwards, so that nothing falls between.
  func begin(_ timeout: TimeSpan) {
    ticket.withLock { $0 = api.broker.watchers.add(.namespace(place.id)) { [self] in look() } }
    api.deadlines.asyncAfter(deadline: .now() + timeout.seconds) { [self] in expire() }
    look()
  }

  private func current() -> KeyPlace? {
    api.broker.withSnapshot { KeyPlace(place.id, in: $0, for: place.attribution) }
  }

  private func look() {
    guard let current = current() else { return finish { Problem.notFound.response(requestID: $0) } }
    do throws(Problem) {
      let found = try api.find(key, current, at: nil, follow: form.follows)
      if case .absent = found.lookup { return }
      let reply = try api.answer(found, key, form, .none, context)
      guard case .now(let response) = reply else { return finish { Problem.blobWait.response(requestID: $0) } }
      finish { _ in response }
    } catch {
      finish { error.response(requestID: $0) }
    }
  }

  private func expire() {
    let revision = current()?.namespace.revision ?? 0
    let text = key.text
    finish { requestID in
      Answers.object(202, requestID) { writer in
        writer.field("key", text)
        writer.field("exists", false)
        writer.field("revision", revision)
      }
    }
  }

  private func finish(_ respond: @escaping @Sendable (String) -> HTTPResponse) {
    guard !isOver.exchange(true, ordering: .acquiringAndReleasing) else { return }
    if let ticket = ticket.withLock({ $0.take() }) { api.broker.watchers.remove(ticket) }
    let requestID = context.requestID
    pending.complete { respond(requestID) }
  }
}

extension Problem {
  fileprivate static let blobWait = Problem(
    409, "is_blob", "the key exists and names a blob: read it without wait, or with format=json")
}
