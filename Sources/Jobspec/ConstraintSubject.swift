/// What a constraint is asked about: a node, as flux calls it an execution target.
public protocol ConstraintSubject {
  /// Flux also takes the host's name for one of its properties; whether to is the subject's choice.
  func hasProperty(_ name: String) -> Bool
  var hostname: String { get }
  /// `nil`: it has none, and no set of ranks holds it.
  var rank: Int? { get }
}
