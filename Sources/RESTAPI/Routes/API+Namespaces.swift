import BrokerCore
import Cryptography
import HTTPServing
import Hosting
import Jobs
import KeyValues
import Persistent
import Vocabulary

extension API {
  static var namespaceRoutes: [Route] {
    [
      Route("GET", "/v1/kvs", .none { api, context throws(Problem) in try api.listNamespaces(context) }),
      Route(
        "POST", "/v1/kvs",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: false) { api, context, body throws(Problem) in
          try api.createNamespace(context, body)
        }),
      Route("GET", "/v1/kvs/{ns}", .none { api, context throws(Problem) in try api.showNamespace(context) }),
      Route(
        "PATCH", "/v1/kvs/{ns}",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: false) { api, context, body throws(Problem) in
          try api.changeNamespace(context, body)
        }),
      Route("DELETE", "/v1/kvs/{ns}", .none { api, context throws(Problem) in try api.removeNamespace(context) }),
    ]
  }

  /// What may be asked for at most; `POST` and `PATCH` refuse more.
  private static let largestQuota = NamespaceQuota(
    maximumKeys: 10_000_000, maximumBytes: BrokerLimits.keyValueBytes, maximumWatchers: 100_000)
  private static let mostRevisions: Int64 = 1_000_000
  private static let longestHistory: Int64 = 30 * 86_400

  /// The namespace of the path, as the caller finds it.
  func keyPlace(_ context: RequestContext, of user: String?) throws(Problem) -> KeyPlace {
    let name = try KeyText.name(context.parameters.first ?? "")
    let attribution = context.attribution
    let place = broker.withSnapshot { state -> KeyPlace? in
      guard let id = state.namespaceID(name, of: user, for: attribution) else { return nil }
      return KeyPlace(id, in: state, for: attribution)
    }
    guard let place else { throw .notFound }
    return place
  }

  private func listNamespaces(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["limit", "cursor", "user"])
    let limit = try query.integer("limit", in: 1...Self.largestPage) ?? Self.standardPage
    guard let caller = context.caller else { throw .unauthorized }
    let user = try query.text("user")
    guard caller.role == .owner || user == nil || user == caller.principal.name else { throw .notFound }
    let purpose = "namespaces \(caller.principal.userID) \(caller.role.rawValue) \(user ?? "")"
    let after = try query.text("cursor").map { text throws(Problem) in try openNamespaceCursor(text, purpose) }
    let state = broker.snapshot
    let scope = caller.role == .owner ? user.map { state.users[$0]?.userID ?? UInt32.max - 1 } : caller.principal.userID
    let found = Self.namespaces(state, scope, after: after, limit: limit + 1)
    return .now(
      Answers.object(200, context.requestID) { writer in
        writer.name("items")
        writer.array { writer in
          for (id, held) in found.prefix(limit) {
            writer.object { KeyRendering.write(held, id, epoch: state.epoch, to: &$0) }
          }
        }
        if found.count > limit {
          var last = PackedWriter()
          last.write(found[limit - 1].key.userID)
          last.write(found[limit - 1].key.name.text)
          writer.field("next_cursor", configuration.sealer.seal(last.bytes, purpose: purpose))
        } else {
          writer.nullField("next_cursor")
        }
        writer.field("position", state.position.text)
      })
  }

  /// - Parameter scope: of which user; `nil`: of all.
  private static func namespaces(
    _ state: BrokerState, _ scope: UInt32?, after: NamespaceID?, limit: Int
  ) -> [(key: NamespaceID, value: HeldNamespace)] {
    var found: [(key: NamespaceID, value: HeldNamespace)] = []
    let all = state.keyValues.namespaces
    var next: (key: NamespaceID, value: HeldNamespace)?
    if let after {
      next = all.first(after: after)
    } else if let scope, let lowest = NamespaceName("0").map({ NamespaceID(userID: scope, name: $0) }) {
      next = all.first(atOrAfter: lowest)
    } else {
      next = all.first
    }
    while let entry = next, found.count < limit, scope.map({ entry.key.userID == $0 }) ?? true {
      found.append(entry)
      next = all.first(after: entry.key)
    }
    return found
  }

  private func openNamespaceCursor(_ text: String, _ purpose: String) throws(Problem) -> NamespaceID {
    let refusal = Problem(400, "bad_cursor", "the cursor is not one of this list's")
    guard let bytes = configuration.sealer.open(text, purpose: purpose) else { throw refusal }
    var reader = PackedReader(bytes)
    guard let userID = try? reader.readUInt32(), let text = try? reader.readString(), let name = NamespaceName(text)
    else { throw refusal }
    return NamespaceID(userID: userID, name: name)
  }

  private func showNamespace(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["user"])
    let place = try keyPlace(context, of: try query.text("user"))
    return .now(
      Answers.object(
        200, context.requestID,
        headers: [HeaderField(name: "ETag", value: place.tag(place.namespace.revision))]
      ) { KeyRendering.write(place.held, place.id, epoch: place.epoch, to: &$0) })
  }

  private func createNamespace(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let fields = try ClosedObject(body, allowing: ["name", "description", "quota", "retention", "from"])
    guard let text = try fields.text("name", upTo: 256), let name = NamespaceName(text) else {
      throw Problem(invalid: "/name", "must be 1 to 64 of A-Z a-z 0-9 . _ -, begin with none of . - and have no \"..\"")
    }
    let id = NamespaceID(userID: context.attribution.principal.userID, name: name)
    let creation = NamespaceCreation(
      id: id, description: try fields.text("description", upTo: 1_024) ?? "",
      quota: try Self.quota(fields, from: .standard), retention: try Self.retention(fields),
      source: try source(fields, context))
    if try query.flag("dry_run") { return try previewed(.createNamespace(creation), context) }
    return try carryOut(.createNamespace(creation), context) { [self] in
      let (held, epoch) = broker.withSnapshot { ($0.keyValues[id], $0.epoch) }
      guard let held else { return Problem.notFound.response(requestID: context.requestID) }
      let location = HeaderField(name: "Location", value: "/v1/kvs/\(name.text)")
      return Answers.object(201, context.requestID, headers: [location]) {
        KeyRendering.write(held, id, epoch: epoch, to: &$0)
      }
    }
  }

  /// The namespace and revision that a new one begins as.
  private func source(_ fields: ClosedObject, _ context: RequestContext) throws(Problem) -> NamespaceCreation.Source? {
    guard let from = try fields.object("from", allowing: ["namespace", "revision"]) else { return nil }
    guard let text = try from.text("namespace", upTo: 256), let name = NamespaceName(text) else {
      throw Problem(invalid: "/from/namespace", "must be the name of a namespace")
    }
    let revision = try from.integer("revision", in: 0...Int64.max)
    let attribution = context.attribution
    let found = broker.withSnapshot { state -> (id: NamespaceID, revision: UInt64, newest: UInt64)? in
      guard let id = state.namespaceID(name, of: nil, for: attribution),
        let held = state.namespace(id, for: attribution), state.keyValues[id] != nil
      else { return nil }
      return (id, held.namespace.revision, state.nextSeq - 1)
    }
    guard let found else { throw .notFound }
    guard let revision else { return NamespaceCreation.Source(id: found.id, revision: found.revision) }
    guard revision <= found.newest else { throw Problem(invalid: "/from/revision", "lies ahead of \(found.newest)") }
    return NamespaceCreation.Source(id: found.id, revision: UInt64(revision))
  }

  private static func quota(_ fields: ClosedObject, from old: NamespaceQuota) throws(Problem) -> NamespaceQuota {
    guard let quota = try fields.object("quota", allowing: ["keys", "bytes", "watchers"]) else { return old }
    return NamespaceQuota(
      maximumKeys: Int(try quota.integer("keys", in: 0...Int64(largestQuota.maximumKeys)) ?? Int64(old.maximumKeys)),
      maximumBytes: Int(
        try quota.integer("bytes", in: 0...Int64(largestQuota.maximumBytes)) ?? Int64(old.maximumBytes)),
      maximumWatchers: Int(
        try quota.integer("watchers", in: 0...Int64(largestQuota.maximumWatchers)) ?? Int64(old.maximumWatchers)))
  }

  private static func retention(_ fields: ClosedObject) throws(Problem) -> HistoryRetention {
    var retention = HistoryRetention.standard
    guard let asked = try fields.object("retention", allowing: ["revisions", "age", "bytes"]) else { return retention }
    if let revisions = try asked.integer("revisions", in: 1...mostRevisions) {
      retention.maximumRevisions = Int(revisions)
    }
    if let age = try asked.integer("age", in: 1...longestHistory) { retention.maximumAge = .seconds(age) }
    if let bytes = try asked.integer("bytes", in: 0...Int64(largestQuota.maximumBytes)) {
      retention.maximumSupersededBytes = Int(bytes)
    }
    return retention
  }

  private func changeNamespace(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run", "user"])
    let place = try keyPlace(context, of: try query.text("user"))
    let fields = try ClosedObject(body, allowing: ["description", "quota"])
    let description = try fields.text("description", upTo: 1_024)
    let quota = try Self.quota(fields, from: place.namespace.quota)
    let command = Command.changeNamespace(place.id, description: description, quota: quota)
    if try query.flag("dry_run") { return try previewed(command, context) }
    return try carryOut(command, context) { [self] in
      let (held, epoch) = broker.withSnapshot { ($0.keyValues[place.id], $0.epoch) }
      guard let held else { return Problem.notFound.response(requestID: context.requestID) }
      return Answers.object(200, context.requestID) { KeyRendering.write(held, place.id, epoch: epoch, to: &$0) }
    }
  }

  private func removeNamespace(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run", "user"])
    let place = try keyPlace(context, of: try query.text("user"))
    if try query.flag("dry_run") { return try previewed(.removeNamespace(place.id), context) }
    return try carryOut(.removeNamespace(place.id), context) { Answers.noContent(context.requestID) }
  }

  /// What a command would come to, as an answer.
  func previewed(_ command: Command, _ context: RequestContext) throws(Problem) -> HTTPReply {
    Self.preview(try preview(of: command, context), context)
  }

  static func preview(_ answer: Answer, _ context: RequestContext) -> HTTPReply {
    .now(
      Answers.object(200, context.requestID) { writer in
        writer.field("dry_run", true)
        if case .transacted(let answer) = answer { writer.field("succeeded", answer.verdict.succeeded) }
      })
  }
}
