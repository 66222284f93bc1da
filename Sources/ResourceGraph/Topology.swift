public import Vocabulary

/// What a vertex is, seen from the formats that speak of nodes.
public struct VertexPlace: Hashable, Sendable {
  public enum Kind: Sendable, Hashable { case node, core, gpu, memory }

  public let kind: Kind
  /// Rank of the node it is or belongs to.
  public let rank: Int
  /// Logical number among its siblings of the same kind.
  public let index: Int
}

/// The vertices of a graph and how they contain each other; immutable, shared by every snapshot.
///
/// Vertex 0 is the cluster. A node's vertices follow each other: the node, its cores, its gpus, its memory
/// pool; so a place is found by a binary search over the nodes' first vertices.
public final class Topology: Sendable {
  /// A node of 2,048 vertices, 5,000 times.
  public static let maximumVertices: UInt32 = 10_000_000

  public let inventory: ResourceInventory
  /// First vertex of each rank, and one past the last.
  private let firstVertex: [UInt32]

  /// `nil` when there would be more than `maximumVertices`.
  public init?(_ inventory: ResourceInventory) {
    var next: UInt32 = 1
    var first: [UInt32] = []
    first.reserveCapacity(inventory.nodes.count + 1)
    for node in inventory.nodes {
      first.append(next)
      let size = 2 + node.cores.count + node.gpuCount
      guard size <= Int(Self.maximumVertices), next + UInt32(size) <= Self.maximumVertices else { return nil }
      next += UInt32(size)
    }
    first.append(next)
    firstVertex = first
    self.inventory = inventory
  }

  public var nodeCount: Int { inventory.nodes.count }
  public var vertexCount: Int { Int(firstVertex[nodeCount]) }

  public func node(_ rank: Int) -> VertexID { VertexID(firstVertex[rank]) }
  public func core(_ index: Int, of rank: Int) -> VertexID { VertexID(firstVertex[rank] + 1 + UInt32(index)) }

  public func gpu(_ index: Int, of rank: Int) -> VertexID {
    VertexID(firstVertex[rank] + 1 + UInt32(inventory.nodes[rank].cores.count + index))
  }

  public func memory(of rank: Int) -> VertexID { VertexID(firstVertex[rank + 1] - 1) }

  /// How much there is of a vertex: one of a node, core or gpu; MiB of a memory pool.
  public func size(of place: VertexPlace) -> Amount {
    guard place.kind == .memory else { return .one }
    return Amount(units: inventory.nodes[place.rank].memoryBytes >> 20) ?? .zero
  }

  /// `nil` for the cluster and for ids that were never assigned.
  public func place(of vertex: VertexID) -> VertexPlace? {
    guard vertex.rawValue >= 1, vertex.rawValue < firstVertex[nodeCount] else { return nil }
    var low = 0
    var high = nodeCount
    while high - low > 1 {
      let middle = (low + high) / 2
      if firstVertex[middle] <= vertex.rawValue { low = middle } else { high = middle }
    }
    let offset = Int(vertex.rawValue - firstVertex[low])
    let node = inventory.nodes[low]
    if offset == 0 { return VertexPlace(kind: .node, rank: low, index: 0) }
    if offset <= node.cores.count { return VertexPlace(kind: .core, rank: low, index: offset - 1) }
    if offset <= node.cores.count + node.gpuCount {
      return VertexPlace(kind: .gpu, rank: low, index: offset - 1 - node.cores.count)
    }
    return VertexPlace(kind: .memory, rank: low, index: 0)
  }
}
