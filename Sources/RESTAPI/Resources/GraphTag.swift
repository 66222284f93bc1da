import BrokerCore
import HTTPServing

/// The entity tag of the graph: its version, and which history that is of, so that no version of a restored backup is
/// taken for one that was seen before.
///
/// - Source: RFC 9110 §8.8.3, §13.1.
enum GraphTag {
  /// A version that no graph has: the tag is of another history.
  private static let foreign = UInt64.max

  static func field(_ version: UInt64, _ epoch: UInt32) -> HeaderField {
    HeaderField(name: "ETag", value: "\"\(epoch)-\(version)\"")
  }

  /// What a change was made for; `nil`: whatever there is.
  ///
  /// - Throws: 428 without `If-Match`, 400 for one that is no tag.
  static func expected(_ head: HTTPRequestHead, _ epoch: UInt32) throws(Problem) -> UInt64? {
    guard let text = head.header("if-match") else {
      throw Problem(428, "precondition_required", "If-Match is required: the ETag of the graph that you saw, or *")
    }
    if text == "*" { return nil }
    return try version(text, epoch)
  }

  /// What a reader has already.
  enum Known: Equatable {
    case nothing, any
    case version(UInt64)
  }

  static func known(_ head: HTTPRequestHead, _ epoch: UInt32) throws(Problem) -> Known {
    guard let text = head.header("if-none-match") else { return .nothing }
    return text == "*" ? .any : .version(try version(text, epoch))
  }

  /// `"1-17"`, or `"17"` of the history that there is.
  private static func version(_ text: String, _ epoch: UInt32) throws(Problem) -> UInt64 {
    let refusal = Problem(400, "bad_condition", "a tag looks like \"1-17\", in its quotes")
    guard text.utf8.count > 2, text.hasPrefix("\""), text.hasSuffix("\"") else { throw refusal }
    var parts = text.dropFirst().dropLast().split(separator: "-", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count),
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let version = UInt64(parts.removeLast())
    else {
      throw refusal
    }
    guard let given = parts.first else { return version }
    return UInt64(given) == UInt64(epoch) ? version : foreign
  }
}
