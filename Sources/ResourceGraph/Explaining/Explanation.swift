public import Jobspec
import Persistent

/// Why a request does not match now, what is short, and what would help.
public struct Explanation: Hashable, Sendable {
  /// It matches: there is nothing to explain, and there are no remedies.
  public internal(set) var isMatch = false
  /// It would match with nothing held.
  public internal(set) var isSatisfiable = false
  /// A type that the graph has never had.
  public internal(set) var unknownType: String?
  /// What the constraint joins; empty without one.
  public internal(set) var operands: [ConstraintOperand] = []
  /// In the order of the request, outer parts first.
  public internal(set) var parts: [PartExplanation] = []
  /// Changes that would make it match, the smallest first.
  public internal(set) var remedies: [Remedy] = []
  /// A limit of `ExplainLimits` was reached: counts may be low, and there may be other remedies.
  public internal(set) var isPartial = false

  /// The smallest change that would make it match.
  public var change: Remedy? { remedies.first }
}

extension ResourceGraph {
  /// Finds out what keeps a request from matching now.
  ///
  /// - Parameters:
  ///   - constraint: which hosts may be used; `nil`: all.
  ///   - empty: the same graph with nothing held; closed vertices may be open there.
  /// - Precondition: `empty` has the vertices of this graph.
  public func explain(
    request: [RequestPart], constraint: Constraint?, empty: ResourceGraph, policy: MatchPolicy = .first
  ) -> Explanation {
    precondition(empty.vertices.count == vertices.count, "both are states of one graph")
    var explainer = Explainer(request, constraint, graph: self, empty: empty, policy: policy)
    return explainer.explain()
  }
}
