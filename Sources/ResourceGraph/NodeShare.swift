import Vocabulary

/// What an allocation is on one node.
public struct NodeShare: Sendable, Equatable {
  public let rank: Int
  public let hostname: String
  /// Logical numbers on the node, ascending.
  public let cores: [Int]
  public let gpus: [Int]
  public let memoryMebibytes: Int64

  public init(rank: Int, hostname: String, cores: [Int], gpus: [Int], memoryMebibytes: Int64) {
    self.rank = rank
    self.hostname = hostname
    self.cores = cores
    self.gpus = gpus
    self.memoryMebibytes = memoryMebibytes
  }
}

extension Topology {
  /// An allocation node by node, in the order of ranks.
  public func shares(of allocation: Allocation) -> [NodeShare] {
    var shares: [NodeShare] = []
    var rank: Int?
    var cores: [Int] = []
    var gpus: [Int] = []
    var memory: Int64 = 0
    func close() {
      guard let rank else { return }
      shares.append(
        NodeShare(
          rank: rank, hostname: inventory.nodes[rank].hostname, cores: cores, gpus: gpus, memoryMebibytes: memory))
      (cores, gpus, memory) = ([], [], 0)
    }
    for grant in allocation.grants {
      guard let place = place(of: grant.vertex) else { continue }
      if place.rank != rank {
        close()
        rank = place.rank
      }
      switch place.kind {
      case .node: break
      case .core: cores.append(place.index)
      case .gpu: gpus.append(place.index)
      case .memory: memory += grant.amount.wholeUnits
      }
    }
    close()
    return shares
  }
}
