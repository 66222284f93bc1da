/// Makes the tree of a query from its tokens, by recursive descent.
struct QueryParser {
  private let tokens: [QueryLexer.Token]
  /// Bytes of the whole query.
  private let end: Int
  private var index = 0
  private var terms = 0

  init(tokens: [QueryLexer.Token], end: Int) {
    self.tokens = tokens
    self.end = end
  }

  mutating func parse() throws(SyntaxFault) -> QueryTree {
    let tree = try disjunction(depth: 1)
    guard index == tokens.count else { throw fault("a parenthesis is closed that was not opened") }
    return tree
  }

  private var next: QueryLexer.Kind? { index < tokens.count ? tokens[index].kind : nil }

  private func fault(_ message: String) -> SyntaxFault {
    SyntaxFault(offset: index < tokens.count ? tokens[index].offset : end, message: message)
  }

  /// Whether the next token is this one, which is then used.
  private mutating func skip(_ kind: QueryLexer.Kind) -> Bool {
    guard next == kind else { return false }
    index += 1
    return true
  }

  private mutating func disjunction(depth: Int) throws(SyntaxFault) -> QueryTree {
    let first = try conjunction(depth: depth)
    guard next == .or else { return first }
    var list = if case .or(let queries) = first { queries } else { [first] }
    while skip(.or) { list.append(try conjunction(depth: depth)) }
    return .or(list)
  }

  private mutating func conjunction(depth: Int) throws(SyntaxFault) -> QueryTree {
    let first = try factor(depth: depth)
    var rest: [QueryTree] = []
    while let next, next != .or, next != .close {
      _ = skip(.and)
      rest.append(try factor(depth: depth))
    }
    guard !rest.isEmpty else { return first }
    let list = if case .and(let queries) = first { queries } else { [first] }
    return .and(list + rest)
  }

  private mutating func factor(depth: Int) throws(SyntaxFault) -> QueryTree {
    guard depth <= JobspecLimits.maximumConstraintDepth else {
      throw fault("must be nested at most \(JobspecLimits.maximumConstraintDepth) deep")
    }
    if skip(.not) { return .not(try factor(depth: depth + 1)) }
    if skip(.minus) { return .not(.term(try term("\"-\" stands before a single term; write \"not\""))) }
    guard next == .open else { return .term(try term("a term is missing")) }
    let opening = fault("a parenthesis is not closed")
    index += 1
    let tree = try disjunction(depth: depth + 1)
    guard skip(.close) else { throw opening }
    return tree
  }

  private mutating func term(_ complaint: String) throws(SyntaxFault) -> QueryTerm {
    guard case .term(let term) = next else { throw fault(complaint) }
    terms += 1
    guard terms <= JobspecLimits.maximumConstraintTerms else {
      throw fault("must have at most \(JobspecLimits.maximumConstraintTerms) terms")
    }
    index += 1
    return term
  }
}
