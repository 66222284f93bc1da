public import Vocabulary

/// A query as it was written: terms joined by *and*, *or* and *not*.
///
/// What operators there are and what they mean is for the user of the tree to say.
/// - Source: RFC 35.
public indirect enum QueryTree: Hashable, Sendable {
  case term(QueryTerm)
  case not(QueryTree)
  case and([QueryTree])
  case or([QueryTree])

  /// Reads a query.
  ///
  /// *not* binds closest, then *and*, then *or*; terms side by side are joined by *and* and bind like it, where
  /// flux-core's parser lets `a|b c` mean `(a|b) c`, which the RFC leaves open. Chains are one list: `a b c` is
  /// one *and* of three.
  ///
  /// - Throws: the first fault.
  public static func parse(_ text: some StringProtocol) throws(SyntaxFault) -> QueryTree {
    guard text.utf8.count <= JobspecLimits.maximumQueryBytes else {
      throw SyntaxFault(offset: 0, message: "must have at most \(JobspecLimits.maximumQueryBytes) bytes")
    }
    var parser = QueryParser(tokens: try QueryLexer.tokens(of: Array(text.utf8)), end: text.utf8.count)
    return try parser.parse()
  }

  /// The query in the form of RFC 31, one operand to each term.
  ///
  /// - Parameter defaultOperator: the operator of terms that were written without one.
  public func rendered(defaultOperator: String) -> JSONValue {
    switch self {
    case .term(let term): .object([term.operator ?? defaultOperator: .array([.string(term.operand)])])
    case .not(let query): .object(["not": .array([query.rendered(defaultOperator: defaultOperator)])])
    case .and(let queries):
      .object(["and": .array(queries.map { $0.rendered(defaultOperator: defaultOperator) })])
    case .or(let queries):
      .object(["or": .array(queries.map { $0.rendered(defaultOperator: defaultOperator) })])
    }
  }
}
