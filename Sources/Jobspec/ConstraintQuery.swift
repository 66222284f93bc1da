import Vocabulary

/// A constraint written as a query, as flux's `--requires` takes it: `ssd -slow (host:n[0-3] or rank:7)`.
///
/// A term without an operator names properties, separated by commas; `host` and `hosts` are `hostlist`, and `rank` is
/// `ranks`. Properties joined by *and* become one list.
/// - Source: RFC 35; flux-core for the operators.
public enum ConstraintQuery {
  private enum Operand: String {
    case properties, hostlist, ranks
  }

  private static let shorthands = ["host": "hostlist", "hosts": "hostlist", "rank": "ranks"]

  /// - Throws: the first fault.
  public static func parse(_ text: some StringProtocol) throws(SyntaxFault) -> Constraint {
    try constraint(of: QueryTree.parse(text))
  }

  /// - Throws: an operator that constraints do not have, or an operand that is none of its operator's.
  public static func constraint(of query: QueryTree) throws(SyntaxFault) -> Constraint {
    switch query {
    case .term(let term): return try constraint(of: term)
    case .not(let query): return .not([try constraint(of: query)])
    case .and(let queries): return conjunction(try constraints(of: queries))
    case .or(let queries): return .or(try constraints(of: queries))
    }
  }

  private static func constraints(of queries: [QueryTree]) throws(SyntaxFault) -> [Constraint] {
    var constraints: [Constraint] = []
    for query in queries { constraints.append(try constraint(of: query)) }
    return constraints
  }

  /// Joins all lists of properties in the place of the first.
  private static func conjunction(_ constraints: [Constraint]) -> Constraint {
    var joined: [PropertyTerm] = []
    var place: Int?
    var rest: [Constraint] = []
    for constraint in constraints {
      guard case .properties(let terms) = constraint else {
        rest.append(constraint)
        continue
      }
      place = place ?? rest.count
      joined += terms
    }
    if let place { rest.insert(.properties(joined), at: place) }
    return rest.count == 1 ? rest[0] : .and(rest)
  }

  private static func constraint(of term: QueryTerm) throws(SyntaxFault) -> Constraint {
    let name = term.operator.map { shorthands[$0] ?? $0 } ?? Operand.properties.rawValue
    switch Operand(rawValue: name) {
    case .properties: return .properties(try properties(term))
    case .hostlist:
      do throws(Hostlist.ParsingError) {
        return .hostlist(HostnameSet(try Hostlist(parsing: term.operand)))
      } catch {
        throw SyntaxFault(
          offset: term.offset, message: "the operand must be a host list such as \"node[0-9]\" (\(error))")
      }
    case .ranks:
      guard let ranks = try? Idset(parsing: term.operand) else {
        throw SyntaxFault(offset: term.offset, message: "the operand must be a set of ranks such as \"0-3,8\"")
      }
      return .ranks(ranks)
    case nil:
      throw SyntaxFault(
        offset: term.offset,
        message: "the operator must be \"properties\", \"hostlist\" (\"host\") or \"ranks\" (\"rank\")")
    }
  }

  private static func properties(_ term: QueryTerm) throws(SyntaxFault) -> [PropertyTerm] {
    var terms: [PropertyTerm] = []
    for name in term.operand.split(separator: ",", omittingEmptySubsequences: false) {
      guard let property = PropertyTerm(name) else {
        throw SyntaxFault(offset: term.offset, message: "the operand \(PropertyTerm.rule)")
      }
      terms.append(property)
    }
    return terms
  }
}
