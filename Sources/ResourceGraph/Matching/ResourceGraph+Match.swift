import Jobspec

extension ResourceGraph {
  /// Takes the first resources, in the policy's order, that meet a request right now.
  ///
  /// - Parameter hosts: those that constraints allow; `nil`: all.
  /// - Returns: by ascending vertex; `nil`, and nothing taken, when there are none.
  public mutating func match(
    _ request: CompiledRequest, policy: MatchPolicy = .first, hosts: HostSet? = nil
  ) -> [Grant]? {
    // The search works on this very graph, so that nothing is copied.
    var graph = Self.placeholder
    swap(&graph, &self)
    var matcher = Matcher(LiveAvailability(graph: consume graph), policy: policy, hosts: hosts)
    let grants = matcher.match(request)
    swap(&self, &matcher.view.graph)
    return grants
  }

  /// Stands in for a graph while it is searched; made once, because making one costs as much as a search.
  private static let placeholder = ResourceGraph()
}
