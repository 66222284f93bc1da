import BrokerCore
import HTTPServing
import Hosting
import Jobs
import KeyValues
import Vocabulary

extension API {
  static var transactionRoutes: [Route] {
    [
      Route(
        "POST", "/v1/kvs/{ns}/txn",
        .whole(types: [MediaTypes.json], limit: KeyValueLimits.transactionBytes, isOptional: false) {
          api, context, body throws(Problem) in try api.transact(context, body)
        }),
      Route(
        "POST", "/v1/kvs/{ns}/read",
        .whole(types: [MediaTypes.json], limit: 256 * 1_024, isOptional: false) {
          api, context, body throws(Problem) in try api.readKeys(context, body)
        }),
    ]
  }

  private func transact(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run", "user"])
    let place = try keyPlace(context, of: try query.text("user"))
    let blobs = configuration.blobs
    let owner = blobOwner(of: place.id)
    let transaction = try TransactionReader.transaction(body) { blobs.touch($0, owner: owner) }
    if try query.flag("dry_run") { return try previewed(.transact(place.id, transaction), context) }
    let pending = unanswered(context, seconds: JobWait.commitSeconds)
    try send(.transact(place.id, transaction), context) { [self] outcome in
      pending.complete { [self] in
        guard case .answered(.transacted(let answer)) = outcome else { return failure(outcome, context) }
        let headers = [HeaderField(name: "ETag", value: place.tag(answer.revision))]
        return Answers.object(200, context.requestID, headers: headers) { writer in
          writer.field("succeeded", answer.verdict.succeeded)
          writeCommit(answer, to: &writer)
          writer.name("results")
          writer.array { writer in
            for outcome in answer.verdict.outcomes { writer.object { Self.write(outcome, to: &$0) } }
          }
        }
      }
    }
    return .later(pending)
  }

  private static func write(_ outcome: Verdict.Outcome, to writer: inout JSONWriter) {
    switch outcome {
    case .written(let key):
      writer.field("key", key.text)
      writer.field("written", true)
    case .deleted(let key, let entries):
      writer.field("key", key.text)
      writer.field("deleted", entries)
    case .got(let key, let lookup):
      writer.field("key", key.text)
      write(lookup, to: &writer)
    case .listed(let directory, let page):
      writer.field("key", directory.text)
      writer.name("items")
      writer.array { writer in
        for item in page.items {
          writer.object { writer in
            writer.field("key", item.key.text)
            KeyRendering.write(item.entry, withValue: true, to: &writer)
          }
        }
      }
      writer.field("is_last", page.isLast)
    }
  }

  private static func write(_ lookup: Lookup, to writer: inout JSONWriter) {
    switch lookup {
    case .entry(let entry):
      writer.field("exists", true)
      KeyRendering.write(entry, withValue: true, to: &writer)
    case .directory(let totals):
      writer.field("exists", true)
      KeyRendering.write(totals, to: &writer)
    case .absent, .link: writer.field("exists", false)
    }
  }

  /// Several keys of one state.
  private func readKeys(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["user"])
    let place = try keyPlace(context, of: try query.text("user"))
    let fields = try ClosedObject(body, allowing: ["keys", "at"])
    let texts = try fields.list("keys", upTo: KeyValueLimits.transactionOperations) ?? []
    let at: String? = try fields.integer("at", in: 0...Int64.max).map { String($0) }
    let (root, revision) = try place.root(at: at)
    var found: [(key: Key, lookup: Lookup)] = []
    for (index, value) in texts.enumerated() {
      guard let text = value.string, let key = try? Key(text) else {
        throw Problem(invalid: "/keys/\(index)", "must be a key")
      }
      found.append((key, try find(key, place, at: at, follow: true).lookup))
    }
    let digest = root.digest(using: KeyRendering.digest)
    return .now(
      Answers.object(200, context.requestID) { writer in
        writer.field("revision", revision)
        writer.field("root", KeyRendering.root(digest))
        writer.name("items")
        writer.array { writer in
          for (key, lookup) in found {
            writer.object { writer in
              writer.field("key", key.text)
              Self.write(lookup, to: &writer)
            }
          }
        }
      })
  }
}
