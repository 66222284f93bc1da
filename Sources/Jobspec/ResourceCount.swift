public import Vocabulary

/// How many of a resource are acceptable.
///
/// - Source: RFC 14, `count`.
public enum ResourceCount: Hashable, Sendable {
  /// How to come from one acceptable count of a range to the next.
  public enum Step: String, Hashable, Sendable {
    case add = "+"
    case multiply = "*"
    case power = "^"
  }

  case exactly(Int64)
  /// `maximum` nil: as many as there are. The operand is at least 1, for `multiply` and `power` at least 2.
  case range(minimum: Int64, maximum: Int64?, step: Step, operand: Int64)
  /// Any of these; never empty, never zero.
  case set(Idset)
}
