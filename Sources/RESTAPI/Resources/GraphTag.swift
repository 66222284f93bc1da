import BrokerCore
import HTTPServing

/// The entity tag of the graph: its version, and which history that is of.
///
/// - Source: RFC 9110 §8.8.3, §13.1.
enum GraphTag {
  static func field(_ version: UInt64) -> HeaderField { HeaderField(name: "ETag", value: "\"\(version)\"") }

  /// What a change was made for; `nil`: whatever there is.
  ///
  /// - Throws: 428 without `If-Match`, 400 for one that is no tag.
  static func expected(_ head: HTTPRequestHead) throws(Problem) -> UInt64? {
    guard let text = head.header("if-match") else {
      throw Problem(428, "precondition_required", "If-Match is required: the ETag of the graph that you saw, or *")
    }
    if text == "*" { return nil }
    return try version(text)
  }

  static func version(_ text: String) throws(Problem) -> UInt64 {
    let digits = text.dropFirst().dropLast()
    guard text.utf8.count > 2, text.hasPrefix("\""), text.hasSuffix("\""),
      digits.utf8.allSatisfy({ (48...57).contains($0) }), let version = UInt64(digits)
    else {
      throw Problem(400, "bad_condition", "a tag looks like \"17\", in its quotes")
    }
    return version
  }

  /// Whether a reader has this version already.
  static func isKnown(_ version: UInt64, _ head: HTTPRequestHead) throws(Problem) -> Bool {
    guard let text = head.header("if-none-match") else { return false }
    if text == "*" { return true }
    return try Self.version(text) == version
  }
}
