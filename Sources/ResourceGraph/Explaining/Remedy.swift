/// A single change after which a request matches; every one was tried on a copy of the graph.
public enum Remedy: Hashable, Sendable {
  /// Nothing but releases: what is held now is enough once it is given back.
  case wait
  /// Hosts, or other vertices, that are down or drained take work again. Up to 16, none of them could be left out.
  case reopen([VertexID])
  /// One operand of the constraint less; its place in `Explanation.operands`.
  case dropOperand(Int)
  /// Fewer of a part that is not bound to one host: the largest count that matches.
  case fewer(pointer: String, type: String, count: Int64, insteadOf: Int64)
  /// The same within a host or a slot.
  case smaller(pointer: String, type: String, count: Int64, insteadOf: Int64)
}
