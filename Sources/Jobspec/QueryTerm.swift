/// One condition of a query: `operator:operand`.
///
/// - Source: RFC 35.
public struct QueryTerm: Hashable, Sendable {
  /// `nil`: none was written, and the user's default holds.
  public let `operator`: String?
  /// Never empty.
  public let operand: String
  /// Bytes of the query before the term, for messages.
  public let offset: Int

  public init(operator: String?, operand: String, offset: Int) {
    self.operator = `operator`
    self.operand = operand
    self.offset = offset
  }
}
