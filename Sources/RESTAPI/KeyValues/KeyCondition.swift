import HTTPServing
import KeyValues
import Vocabulary

/// `If-Match` and `If-None-Match` on one key.
/// - Source: RFC 9110 §13.1; one tag a field, strong ones only.
enum KeyCondition: Sendable {
  case none
  /// `If-Match: "1-8123"`
  case revision(UInt64)
  /// `If-Match: *`
  case exists
  /// `If-None-Match: *`
  case absent
  /// `If-None-Match: "1-8123"`: for reading.
  case otherThan(UInt64)

  /// A revision that no key has: the tag is of another history.
  private static let foreign = UInt64(Int64.max)

  init(_ head: HTTPRequestHead, epoch: UInt32) throws(Problem) {
    switch (head.header("if-match"), head.header("if-none-match")) {
    case (nil, nil): self = .none
    case (let match?, nil): self = match == "*" ? .exists : .revision(try Self.revision(match, epoch))
    case (nil, let other?): self = other == "*" ? .absent : .otherThan(try Self.revision(other, epoch))
    case (.some, .some): throw Problem(400, "bad_condition", "If-Match and If-None-Match exclude each other")
    }
    let names = head.headers.lazy.map { $0.name.lowercased() }
    guard names.filter({ $0 == "if-match" }).count <= 1, names.filter({ $0 == "if-none-match" }).count <= 1 else {
      throw Problem(400, "bad_condition", "one If-Match or If-None-Match is taken")
    }
  }

  private static func revision(_ tag: String, _ epoch: UInt32) throws(Problem) -> UInt64 {
    let refusal = Problem(400, "bad_condition", "a tag looks like \"1-8123\", in its quotes")
    guard tag.utf8.count > 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else { throw refusal }
    let text = String(tag.dropFirst().dropLast())
    if let position = Position(text) { return position.epoch == epoch ? position.seq : foreign }
    guard text.utf8.count <= 19, text.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt64(text),
      number <= UInt64(Int64.max)
    else { throw refusal }
    return number
  }

  /// As a comparison of a write.
  func compares(_ key: Key) throws(Problem) -> [Transaction.Compare] {
    switch self {
    case .none: return []
    case .revision(let revision): return [.exists(key, true), .revision(key, .equal, revision)]
    case .exists: return [.exists(key, true)]
    case .absent: return [.exists(key, false)]
    case .otherThan: throw Problem(400, "bad_condition", "If-None-Match on a write is *")
    }
  }

  /// Whether a reader has this already.
  func isFresh(_ revision: UInt64) -> Bool {
    switch self {
    case .otherThan(let known): known == revision
    case .absent: true
    case .none, .revision, .exists: false
    }
  }

  /// Whether a reader wants only another state than this.
  func fails(_ revision: UInt64) -> Bool {
    if case .revision(let wanted) = self { wanted != revision } else { false }
  }
}
