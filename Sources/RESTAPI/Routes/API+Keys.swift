import BrokerCore
import HTTPServing
import Hosting
import Jobs
import KeyValues
import Vocabulary

extension API {
  static var keyRoutes: [Route] {
    [
      Route("GET", "/v1/kvs/{ns}/keys", .none { api, context throws(Problem) in try api.listKeys(context) }),
      Route("DELETE", "/v1/kvs/{ns}/keys", .none { api, context throws(Problem) in try api.deleteAllKeys(context) }),
      Route(
        "GET", "/v1/kvs/{ns}/keys/{key}", produces: [MediaTypes.anything],
        .none { api, context throws(Problem) in try api.readKey(context) }
      ),
      Route(
        "PUT", "/v1/kvs/{ns}/keys/{key}",
        .whole(types: [], limit: KeyValueLimits.valueBytes, isOptional: true) { api, context, body throws(Problem) in
          try api.putKey(context, body)
        }),
      Route(
        "PATCH", "/v1/kvs/{ns}/keys/{key}",
        .whole(types: [], limit: KeyValueLimits.valueBytes, isOptional: true) { api, context, body throws(Problem) in
          try api.appendToKey(context, body)
        }),
      Route("DELETE", "/v1/kvs/{ns}/keys/{key}", .none { api, context throws(Problem) in try api.deleteKey(context) }),
    ]
  }

  // MARK: Reading

  private func readKey(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: Self.readArguments(context.head))
    let place = try keyPlace(context, of: try query.text("user"))
    if try query.flag("list") {
      return try listDirectory(try KeyText.directory(context.parameters[1]), place, query, context)
    }
    let key = try KeyText.key(context.parameters[1])
    let condition = try KeyCondition(context.head, epoch: place.epoch)
    let form = try KeyForm(query)
    if let wait = try query.text("wait") {
      guard wait == "created" else { throw .badQuery("wait is created") }
      let timeout = try query.span("timeout", upTo: JobWait.Request.longest) ?? JobWait.Request.standard
      return waitForKey(key, place, form, timeout, context)
    }
    let found = try find(key, place, at: try query.text("at"), follow: form.follows)
    return try answer(found, key, form, condition, context)
  }

  /// A list, a wait and a plain read take different ones.
  private static func readArguments(_ head: HTTPRequestHead) -> [String] {
    if head.query.contains(where: { $0.name == "list" && $0.value == "true" }) {
      return ["list", "user", "at", "recursive", "values", "limit", "cursor"]
    }
    let form = ["list", "user", "format", "proof", "follow"]
    return form + (head.query.contains { $0.name == "wait" } ? ["wait", "timeout"] : ["at"])
  }

  /// What a key is in one state, after links.
  struct FoundKey: Sendable {
    let place: KeyPlace
    let root: Root
    /// Of the state that was read.
    let revision: UInt64
    let key: Key
    let lookup: Lookup
  }

  /// - Throws: 404 also where a link leads to what is not the caller's.
  func find(_ key: Key, _ place: KeyPlace, at text: String?, follow: Bool) throws(Problem) -> FoundKey {
    var (root, revision) = try place.root(at: text)
    var place = place
    var key = key
    for _ in 0...KeyValueLimits.followedLinks {
      let resolution: Resolution
      do throws(ResolutionError) {
        resolution = try root.resolve(key, in: place.id.name, followingLast: follow)
      } catch {
        throw Self.unresolvable(error)
      }
      switch resolution {
      case .found(let key, let lookup):
        return FoundKey(place: place, root: root, revision: revision, key: key, lookup: lookup)
      case .leaves(let name, let target):
        place = try linkedPlace(name, from: place)
        if text == nil { revision = place.namespace.revision }
        root = text == nil ? place.namespace.root : try place.root(atRevision: revision)
        key = target
      }
    }
    throw Self.unresolvable(.tooManyLinks)
  }

  static func unresolvable(_ error: ResolutionError) -> Problem {
    switch error {
    case .tooManyLinks:
      Problem(422, "too_many_links", "more than \(KeyValueLimits.followedLinks) links follow each other")
    case .keyTooLong: Problem(422, "key_too_long", "with what a link names, the key is too long")
    }
  }

  /// A link names a namespace of the owner of the one that it stands in; the caller must be allowed to read it.
  private func linkedPlace(_ name: NamespaceName, from place: KeyPlace) throws(Problem) -> KeyPlace {
    let found = broker.withSnapshot { state -> KeyPlace? in
      var id = NamespaceID(userID: place.id.userID, name: name)
      if state.keyValues[id] == nil, let other = state.namespaceID(name, of: nil, for: place.attribution) { id = other }
      return KeyPlace(id, in: state, for: place.attribution)
    }
    guard let found else { throw .notFound }
    return found
  }

  func answer(
    _ found: FoundKey, _ asked: Key, _ form: KeyForm, _ condition: KeyCondition, _ context: RequestContext
  ) throws(Problem) -> HTTPReply {
    let entry: Entry
    switch found.lookup {
    case .absent: throw Problem(404, "not_found", "there is no such key")
    case .directory: throw Self.isDirectory
    case .entry(let found): entry = found
    case .link:
      guard let link = found.root.entry(at: found.key) else { throw .notFound }
      entry = link
    }
    if case .directory = entry.content { throw Self.isDirectory }
    guard !condition.fails(entry.revision) else { throw Self.preconditionFailed }
    let headers = [
      HeaderField(name: "ETag", value: found.place.tag(entry.revision)),
      HeaderField(name: "Sluice-Revision", value: String(found.revision)),
    ]
    if condition.isFresh(entry.revision) {
      let name = HeaderField(name: "X-Request-Id", value: context.requestID)
      return .now(HTTPResponse(status: 304, headers: headers + [name]))
    }
    let isBytes = entry.value != nil
    guard form.isObject || !isBytes else { return .now(Self.bytes(of: entry, headers, context)) }
    if !form.isObject, case .blob(let digest, _) = entry.content {
      return try blobReply(digest, owner: blobOwner(of: found.place.id), entry.mediaType, headers, context)
    }
    return .now(
      Answers.object(200, context.requestID, headers: headers) { writer in
        writer.field("key", asked.text)
        KeyRendering.write(entry, withValue: true, to: &writer)
        guard form.hasProof, let proof = found.root.proof(of: found.key, using: KeyRendering.digest) else { return }
        writer.field("root", KeyRendering.root(found.root.digest(using: KeyRendering.digest)))
        writer.field("proved_key", found.key.text)
        KeyRendering.write(proof, to: &writer)
      })
  }

  static let isDirectory = Problem(409, "is_directory", "the key is a directory; list=true shows what is in it")
  static let preconditionFailed = Problem(412, "precondition_failed", "the key is in another state")

  /// What a caller stored is not the broker's word: a browser must not run it.
  static let sandbox = [
    HeaderField(name: "Content-Security-Policy", value: "sandbox; default-src 'none'"),
    HeaderField(name: "X-Content-Type-Options", value: "nosniff"),
  ]

  private static func bytes(
    of entry: Entry, _ headers: [HeaderField], _ context: RequestContext
  ) -> HTTPResponse {
    Answers.bytes(
      200, entry.mediaType.text, context.requestID, headers: headers + sandbox, entry.value?.bytes ?? [])
  }

  // MARK: Writing

  private func putKey(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let type = try mediaType(context)
    return try write(context, allowing: []) { key, _ in .put(key, .bytes(Value(body)), type) }
  }

  private func appendToKey(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let type = try mediaType(context)
    return try write(context, allowing: []) { key, _ in .append(key, body, type) }
  }

  private func deleteKey(_ context: RequestContext) throws(Problem) -> HTTPReply {
    try write(context, allowing: ["recursive"]) { key, query throws(Problem) in
      .delete(key, recursive: try query.flag("recursive"))
    }
  }

  private func deleteAllKeys(_ context: RequestContext) throws(Problem) -> HTTPReply {
    try write(context, to: .root, allowing: ["recursive", "confirm"]) { key, query throws(Problem) in
      guard try query.flag("recursive"), try query.text("confirm") == "all" else {
        throw Problem(422, "confirmation_required", "recursive=true and confirm=all remove everything in the namespace")
      }
      return .delete(key, recursive: true)
    }
  }

  private func mediaType(_ context: RequestContext) throws(Problem) -> MediaType {
    guard let text = context.head.header("content-type") else { return .octetStream }
    guard let type = Self.mediaType(text) else {
      throw Problem(
        415, "unsupported_media_type",
        "a media type is 1 to \(KeyValueLimits.mediaTypeBytes) printable ASCII characters")
    }
    return type
  }

  /// Only what can stand in a header again.
  static func mediaType(_ text: String) -> MediaType? {
    guard (1...KeyValueLimits.mediaTypeBytes).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), text.first != " ", text.last != " "
    else { return nil }
    return MediaType(text)
  }

  /// One operation on the key of the path, under the request's condition.
  /// - Parameter whole: instead of what the path names.
  private func write(
    _ context: RequestContext, to whole: Key? = nil, allowing names: [String],
    _ operation: (Key, QueryReader) throws(Problem) -> Transaction.Operation
  ) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run", "user"] + names)
    let place = try keyPlace(context, of: try query.text("user"))
    let isDeletion = context.head.method == "DELETE"
    let key = if let whole { whole } else { try KeyText.key(context.parameters[1]) }
    let condition = try KeyCondition(context.head, epoch: place.epoch)
    let transaction = Transaction(
      compares: try condition.compares(key), then: [try operation(key, query)], otherwise: [])
    if try query.flag("dry_run") {
      let answer = try preview(of: .transact(place.id, transaction), context)
      if case .transacted(let answer) = answer, !answer.verdict.succeeded { throw Self.preconditionFailed }
      return Self.preview(answer, context)
    }
    let pending = unanswered(context, seconds: JobWait.commitSeconds)
    try send(.transact(place.id, transaction), context) { [self] outcome in
      pending.complete { [self] in
        guard case .answered(.transacted(let answer)) = outcome else { return failure(outcome, context) }
        guard answer.verdict.succeeded else { return Self.preconditionFailed.response(requestID: context.requestID) }
        let headers = [HeaderField(name: "ETag", value: place.tag(answer.revision))]
        guard !isDeletion else {
          let revision = HeaderField(name: "Sluice-Revision", value: String(answer.revision))
          return Answers.noContent(context.requestID, headers: [revision])
        }
        return Answers.object(200, context.requestID, headers: headers) { writeCommit(answer, to: &$0) }
      }
    }
    return .later(pending)
  }

  /// Revision and root of what a transaction left.
  func writeCommit(_ answer: TransactionAnswer, to writer: inout JSONWriter) {
    writer.field("revision", answer.revision)
    let root = broker.withSnapshot { $0.keyValues[answer.namespace]?.namespace.root(at: answer.revision) }
    if let root {
      writer.field("root", KeyRendering.root(root.digest(using: KeyRendering.digest)))
    } else {
      writer.nullField("root")
    }
  }
}

/// How a key is to be shown.
struct KeyForm: Sendable {
  let isObject: Bool
  let hasProof: Bool
  let follows: Bool

  init(_ query: QueryReader) throws(Problem) {
    let format = try query.text("format") ?? "bytes"
    guard format == "bytes" || format == "json" else { throw .badQuery("format is bytes or json") }
    hasProof = try query.flag("proof")
    follows = try query.text("follow") == nil ? true : try query.flag("follow")
    isObject = format == "json" || hasProof || !follows
  }
}
