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
    var graph = ResourceGraph()
    swap(&graph, &self)
    var matcher = Matcher(LiveAvailability(graph: graph), policy: policy, hosts: hosts)
    graph = ResourceGraph()
    let grants = matcher.match(request)
    self = matcher.view.graph
    return grants
  }
}
