import Persistent
import Vocabulary

/// What an allocation is on one host.
public struct NodeShare: Sendable, Equatable {
  public let rank: Int
  public let hostname: String
  /// Logical numbers on the node, ascending.
  public let cores: [Int]
  public let gpus: [Int]
  public let memoryMebibytes: Int64
  /// The operating system's numbers of each core's hardware threads, core by core; empty where not known.
  public let cpus: [[Int]]

  public init(
    rank: Int, hostname: String, cores: [Int], gpus: [Int], memoryMebibytes: Int64, cpus: [[Int]] = []
  ) {
    self.rank = rank
    self.hostname = hostname
    self.cores = cores
    self.gpus = gpus
    self.memoryMebibytes = memoryMebibytes
    self.cpus = cpus
  }
}

extension ResourceGraph {
  /// An allocation host by host, in the order of ranks. What lies outside of hosts is no host's share.
  public func shares(of allocation: Allocation) -> [NodeShare] {
    var parts: [UInt32: Part] = [:]
    for grant in allocation.grants {
      guard grant.vertex.rawValue < vertices.count else { continue }
      collect(grant.vertex.rawValue, grant.amount.wholeUnits, into: &parts)
    }
    return parts.sorted { $0.value.rank < $1.value.rank }.map { host, part in
      let cores = part.cores.sorted { $0.id < $1.id }
      return NodeShare(
        rank: part.rank, hostname: name(of: VertexID(host)), cores: cores.map(\.id), gpus: part.gpus.sorted(),
        memoryMebibytes: part.memory, cpus: cores.map { hardware[$0.vertex] ?? [] })
    }
  }

  private struct Part {
    var rank: Int
    var cores: [(id: Int, vertex: UInt32)] = []
    var gpus: [Int] = []
    var memory: Int64 = 0
  }

  private func collect(_ number: UInt32, _ amount: Int64, into parts: inout [UInt32: Part]) {
    let vertex = self[number]
    if vertex.host != Vertex.none {
      let rank = rank(of: VertexID(vertex.host)) ?? 0
      switch names[vertex.type] {
      case "core": parts[vertex.host, default: Part(rank: rank)].cores.append((Int(vertex.id), number))
      case "gpu": parts[vertex.host, default: Part(rank: rank)].gpus.append(Int(vertex.id))
      case "memory": parts[vertex.host, default: Part(rank: rank)].memory += amount
      default: _ = parts[vertex.host, default: Part(rank: rank)]
      }
    }
    guard let interior = interior(of: vertex) else { return }
    for child in interior.children where child != Vertex.none {
      collect(child, self[child].size / 1_000, into: &parts)
    }
  }
}
