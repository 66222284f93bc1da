public import Vocabulary

/// What a node must be for a job to run on it.
///
/// Without operands `properties`, `and` and `or` match every node; `not` matches none, and neither do `hostlist` and
/// `ranks`, as in flux-core, because there is no node in an empty set.
/// - Source: RFC 31.
public indirect enum Constraint: Hashable, Sendable {
  /// All of them.
  case properties([PropertyTerm])
  case hostlist(HostnameSet)
  case ranks(Idset)
  /// Not all of them: RFC 31 has one operand, and flux-core joins several with *and* first.
  case not([Constraint])
  case and([Constraint])
  case or([Constraint])

  static let operators = ["properties", "hostlist", "ranks", "not", "and", "or"]

  /// Reads a constraint object; the empty one matches every node.
  ///
  /// - Parameter pointer: where it stands in the caller's document, as a JSON Pointer.
  /// - Throws: everything that is wrong with it.
  public static func parse(_ json: JSONValue, at pointer: String = "") throws(InvalidDocument) -> Constraint {
    var checker = Checker(base: pointer)
    let constraint = checker.constraint(json)
    return try checker.finish(constraint)
  }
}

extension Constraint {
  /// Whether a job with this constraint may run on the node.
  public func matches(_ subject: some ConstraintSubject) -> Bool {
    switch self {
    case .properties(let terms): terms.allSatisfy { subject.hasProperty($0.name) != $0.isNegated }
    case .hostlist(let hosts): hosts.contains(subject.hostname)
    case .ranks(let ranks): subject.rank.map { ranks.contains($0) } ?? false
    case .not(let constraints): !constraints.allSatisfy { $0.matches(subject) }
    case .and(let constraints): constraints.allSatisfy { $0.matches(subject) }
    case .or(let constraints): constraints.isEmpty || constraints.contains { $0.matches(subject) }
    }
  }

  /// The constraint object, which parses back as an equal constraint.
  public func rendered() -> JSONValue {
    switch self {
    case .properties(let terms): .object(["properties": .array(terms.map { .string($0.text) })])
    case .hostlist(let set): .object(["hostlist": Self.list(set.hosts.isEmpty ? nil : set.hosts.description)])
    case .ranks(let ranks): .object(["ranks": Self.list(ranks.isEmpty ? nil : ranks.description)])
    case .not(let constraints): .object(["not": .array(constraints.map { $0.rendered() })])
    case .and(let constraints): .object(["and": .array(constraints.map { $0.rendered() })])
    case .or(let constraints): .object(["or": .array(constraints.map { $0.rendered() })])
    }
  }

  private static func list(_ text: String?) -> JSONValue { .array(text.map { [.string($0)] } ?? []) }
}
