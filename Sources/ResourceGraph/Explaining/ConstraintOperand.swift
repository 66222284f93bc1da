public import Jobspec
import Vocabulary

/// One of the operands that a constraint joins, taken by itself.
public struct ConstraintOperand: Hashable, Sendable {
  public let constraint: Constraint
  /// Hosts that meet it, whatever the other operands say.
  public internal(set) var allowedHosts = 0

  /// As RFC 31 writes it.
  public var text: String { constraint.rendered().jsonText }
}

/// A constraint as a list of operands: of *and*, of *or*, or itself.
///
/// A list of properties is a conjunction of them.
struct OperandList {
  let whole: Constraint
  let constraints: [Constraint]
  /// Whether every operand has to hold.
  let isConjunction: Bool

  init(_ constraint: Constraint) {
    whole = constraint
    switch constraint {
    case .and(let operands):
      constraints = operands.flatMap(Self.single)
      isConjunction = true
    case .or(let operands):
      constraints = operands
      isConjunction = false
    default:
      constraints = Self.single(constraint)
      isConjunction = true
    }
  }

  private static func single(_ constraint: Constraint) -> [Constraint] {
    guard case .properties(let terms) = constraint, terms.count > 1 else { return [constraint] }
    return terms.map { .properties([$0]) }
  }

  /// The constraint without one operand; `nil`: nothing is left of it. Only a conjunction gets weaker so.
  func dropping(_ index: Int) -> Constraint? {
    var rest = constraints
    rest.remove(at: index)
    return rest.isEmpty ? nil : .and(rest)
  }
}
