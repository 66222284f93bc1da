public import Vocabulary

extension ResourceGraph {
  /// A type of which there is too little in all.
  public struct Shortfall: Hashable, Sendable {
    public let type: String
    public let needed: Amount
    public let free: Amount
  }

  /// What a request is short of right now, by the sums at the root alone; `nil`: a search may find it all.
  public func shortfall(of request: CompiledRequest) -> Shortfall? {
    guard let root, !self[root].isBlocked else { return nil }
    let vertex = self[root]
    for need in request.least {
      let free = free(beneath: vertex, need.type) + (vertex.type == need.type ? ownContribution(of: vertex) : 0)
      if free < need.amount {
        return Shortfall(
          type: names[need.type], needed: Amount(thousandths: need.amount), free: Amount(thousandths: free))
      }
    }
    return nil
  }
}
