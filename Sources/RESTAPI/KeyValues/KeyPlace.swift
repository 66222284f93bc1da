import BrokerCore
import HTTPServing
import Hosting
import Jobs
import Jobspec
import KeyValues
import Vocabulary

/// What a request's path and query name in the key-value store, in one committed state.
struct KeyPlace: Sendable {
  let id: NamespaceID
  let held: HeldNamespace
  let epoch: UInt32
  /// The log's newest position: no revision lies after it.
  let newest: UInt64
  let attribution: Attribution

  /// `nil` when there is no such namespace, or none that the caller may reach.
  init?(_ id: NamespaceID, in state: borrowing BrokerState, for attribution: Attribution) {
    guard let held = state.namespace(id, for: attribution) else { return nil }
    self.id = id
    self.held = held
    epoch = state.epoch
    newest = state.nextSeq - 1
    self.attribution = attribution
  }

  var namespace: Namespace { held.namespace }

  func tag(_ revision: UInt64) -> String { "\"\(epoch)-\(revision)\"" }

  /// - Throws: 400 for a revision that is none or lies ahead, 410 for one that is not retained.
  func root(at text: String?) throws(Problem) -> (root: Root, revision: UInt64) {
    guard let text else { return (namespace.root, namespace.revision) }
    let revision = try KeyText.revision(text, epoch, oldest: namespace.oldestRevision)
    return (try root(atRevision: revision), revision)
  }

  func aheadOfTheLog<Never>() throws(Problem) -> Never {
    throw Problem(400, "bad_revision", "the revision lies ahead of \(newest)")
  }

  func root(atRevision revision: UInt64) throws(Problem) -> Root {
    guard revision <= newest else { return try aheadOfTheLog() }
    guard let root = namespace.root(at: revision) else { throw .revisionGone(oldest: namespace.oldestRevision) }
    return root
  }
}

/// Keys, names and revisions as requests write them.
enum KeyText {
  static func key(_ text: String) throws(Problem) -> Key {
    do throws(KeyError) { return try Key(text) } catch { throw Problem(400, "bad_key", "\(message(error))") }
  }

  static func directory(_ text: String) throws(Problem) -> Key {
    do throws(KeyError) {
      return try Key(directory: text)
    } catch {
      throw Problem(400, "bad_key", "\(message(error))")
    }
  }

  static func message(_ error: KeyError) -> String {
    switch error {
    case .empty: "a key has at least one byte"
    case .tooLong(let bytes): "a key has at most \(KeyValueLimits.keyBytes) bytes, not \(bytes)"
    case .tooManySegments(let count): "a key has at most \(KeyValueLimits.keySegments) segments, not \(count)"
    case .emptySegment: "a key has no empty segment"
    case .notUTF8: "a key is UTF-8"
    case .forbiddenByte(let byte): "a key holds no control characters, \"/\" or \"\\\" (byte \(byte))"
    }
  }

  static func name(_ text: String, of thing: String = "a namespace") throws(Problem) -> NamespaceName {
    guard let name = NamespaceName(text) else {
      throw Problem(
        400, "bad_name",
        "the name of \(thing) is 1 to 64 of A-Z a-z 0-9 . _ -, begins with none of . - and has no \"..\"")
    }
    return name
  }

  /// `8123`, or `1-8123` with the epoch.
  /// - Throws: 400, and 410 for a revision of another history.
  static func revision(_ text: String, _ epoch: UInt32, oldest: UInt64) throws(Problem) -> UInt64 {
    if let number = plainNumber(text) { return number }
    guard let position = Position(text) else {
      throw Problem(400, "bad_revision", "a revision looks like 8123 or 1-8123")
    }
    guard position.epoch == epoch else { throw .revisionGone(oldest: oldest) }
    return position.seq
  }

  private static func plainNumber(_ text: String) -> UInt64? {
    guard (1...19).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt64(text).flatMap { $0 <= UInt64(Int64.max) ? $0 : nil }
  }
}

extension Problem {
  static func revisionGone(oldest: UInt64) -> Problem {
    var problem = Problem(410, "revision_gone", "the revision is not retained; begin again at `oldest_revision`")
    problem.oldestRevision = oldest
    return problem
  }

  /// - Parameter branch: what the request calls the operations.
  init(_ refusal: TransactionRefusal, branch: String = "then") {
    let (status, code, message) = Self.meaning(refusal.reason)
    guard let pointer = Self.pointer(refusal.place, branch) else {
      self.init(status, code, message)
      return
    }
    self.init(status, code, "\(pointer): \(message)")
    faults = [.init(pointer: pointer, message: message)]
  }

  private static func pointer(_ place: TransactionRefusal.Place, _ branch: String) -> String? {
    switch place {
    case .transaction: nil
    case .compare(let index): "/compare/\(index)"
    case .then(let index): "/\(branch)/\(index)"
    case .otherwise(let index): "/else/\(index)"
    }
  }

  private static func meaning(_ reason: TransactionRefusal.Reason) -> (Int, String, String) {
    switch reason {
    case .noOperations: (422, "invalid", "there is no operation")
    case .tooManyOperations(let count):
      (422, "invalid", "\(count) are too many: \(KeyValueLimits.transactionOperations) is the limit")
    case .tooLarge(let bytes):
      (413, "body_too_large", "\(bytes) bytes are too many: \(KeyValueLimits.transactionBytes) is the limit")
    case .writtenTwice(let other): (422, "invalid", "operation \(other) writes the same key, or one above or below it")
    case .rootNotWritable: (422, "invalid", "the root is a directory")
    case .contentNotPuttable: (422, "invalid", "this content has an operation of its own")
    case .valueTooLarge(let bytes):
      (413, "value_too_large", "a value has at most \(KeyValueLimits.valueBytes) bytes, not \(bytes); use a blob")
    case .mediaTypeTooLong: (422, "invalid", "a media type has at most \(KeyValueLimits.mediaTypeBytes) bytes")
    case .notAppendable: (409, "not_appendable", "the key is a directory or holds a blob")
    case .directoryNotEmpty: (409, "is_directory", "the key is a directory; recursive=true removes what is in it")
    case .leavesNamespace(let name): (422, "leaves_namespace", "a link leads to the namespace \(name.text)")
    case .tooManyLinks: (422, "too_many_links", "more than \(KeyValueLimits.followedLinks) links follow each other")
    case .keyTooLong: (422, "key_too_long", "with what the link names, the key is too long")
    case .tooManyKeys(let limit): (403, "quota_exceeded", "the namespace holds at most \(limit) keys")
    case .tooManyBytes(let limit): (403, "quota_exceeded", "the namespace holds at most \(limit) bytes")
    }
  }
}
