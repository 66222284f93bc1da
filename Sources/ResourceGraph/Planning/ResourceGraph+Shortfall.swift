import Jobspec
import Persistent
public import Vocabulary

/// What a request lacks right now, for people, and for searches that need not begin.
extension ResourceGraph {
  /// Something of which there is too little.
  public struct Shortfall: Hashable, Sendable {
    public let type: String
    public let needed: Amount
    public let free: Amount
  }

  /// Types of all vertices that are or were beneath the root.
  public var types: [String] {
    guard let root, let interior = interior(of: self[root]) else { return [] }
    return interior.types.map { names[$0] }
  }

  /// Whether there is enough of all types in the graph as a whole, so that a search may find it.
  public func mayHold(_ request: CompiledRequest) -> Bool {
    guard request.unknownType == nil, let root, !self[root].isBlocked else { return false }
    let vertex = self[root]
    return request.least.allSatisfy { free(of: $0.type, atOrBeneath: vertex) >= $0.amount }
  }

  /// Hosts of which too few have room, or else a type of which there is too little.
  ///
  /// - Parameter hosts: those that may be used; `nil`: all.
  /// - Returns: `nil`: it is not told by such counts.
  public func shortfall(of request: CompiledRequest, on hosts: HostSet? = nil) -> Shortfall? {
    if let need = hostNeed(of: request), need.isHost {
      let free = hostCount(with: need.needs, among: hosts)
      if free < need.count { return shortfall(Self.hostType, need.count * 1_000, free * 1_000) }
    }
    guard let root, !self[root].isBlocked else { return nil }
    let vertex = self[root]
    for need in request.least where need.amount >= 1_000 {
      let free = free(of: need.type, atOrBeneath: vertex)
      if free < need.amount { return shortfall(names[need.type], need.amount, free) }
    }
    return nil
  }

  private func shortfall(_ type: String, _ needed: Int64, _ free: Int64) -> Shortfall {
    Shortfall(type: type, needed: Amount(thousandths: needed), free: Amount(thousandths: free))
  }

  private func free(of type: UInt16, atOrBeneath vertex: Vertex) -> Int64 {
    free(beneath: vertex, type) + (vertex.type == type ? ownContribution(of: vertex) : 0)
  }

  private func hostCount(with needs: [CompiledRequest.Need], among hosts: HostSet?) -> Int64 {
    var count: Int64 = 0
    forEachHost { rank, vertex in
      let isAllowed = hosts?.contains(rank) ?? true
      if isAllowed, needs.allSatisfy({ contribution(of: vertex.rawValue, $0.type) >= $0.amount }) { count += 1 }
      return true
    }
    return count
  }

  /// A host, or what of a host a slot takes, of which a request needs so many.
  struct HostNeed {
    let needs: [CompiledRequest.Need]
    let count: Int64
    /// One unit is a host; otherwise a host may have several.
    let isHost: Bool
  }

  /// What a request needs on hosts; `nil`: its units may spread over several, or lie beside them.
  func hostNeed(of request: CompiledRequest) -> HostNeed? {
    guard let hostType = names.number(of: Self.hostType) else { return nil }
    for part in request.parts where !part.isAuxiliary {
      switch part.kind {
      case .vertex where part.type == hostType:
        return HostNeed(needs: part.least, count: part.count.minimum, isHost: true)
      case .slot where !part.holdsHosts && !part.least.isEmpty:
        return HostNeed(needs: part.least, count: part.count.minimum, isHost: false)
      default: continue
      }
    }
    return nil
  }
}
