import ResourceGraph
import Vocabulary

/// What a vertex is, seen from the formats that speak of nodes.
struct VertexPlace: Hashable, Sendable {
  enum Kind: Sendable, Hashable { case node, core, gpu, memory }

  let kind: Kind
  /// Rank of the node it is or belongs to.
  let rank: Int
  /// Logical number among its siblings of the same kind.
  let index: Int
}

/// Which vertex is what in a graph made of an inventory, worked out without the graph: a second opinion.
///
/// Vertex 0 is the cluster. A node's vertices follow each other: the node, its cores, its gpus, its memory
/// pool; so a place is found by a binary search over the nodes' first vertices.
struct InventoryLayout: Sendable {
  private(set) var inventory: ResourceInventory
  /// First vertex of each rank, and one past the last.
  private var firstVertex: [UInt32]

  init(_ inventory: ResourceInventory) {
    var next: UInt32 = 1
    var first: [UInt32] = []
    first.reserveCapacity(inventory.nodes.count + 1)
    for node in inventory.nodes {
      first.append(next)
      let size = 2 + node.cores.count + node.gpuCount
      next += UInt32(size)
    }
    first.append(next)
    firstVertex = first
    self.inventory = inventory
  }

  /// Nodes that come later follow those that are there.
  mutating func append(_ node: NodeDescription) {
    inventory.nodes.append(node)
    firstVertex.append(firstVertex[firstVertex.count - 1] + UInt32(2 + node.cores.count + node.gpuCount))
  }

  var nodeCount: Int { inventory.nodes.count }
  var vertexCount: Int { Int(firstVertex[nodeCount]) }

  func node(_ rank: Int) -> VertexID { VertexID(firstVertex[rank]) }
  func core(_ index: Int, of rank: Int) -> VertexID { VertexID(firstVertex[rank] + 1 + UInt32(index)) }

  func gpu(_ index: Int, of rank: Int) -> VertexID {
    VertexID(firstVertex[rank] + 1 + UInt32(inventory.nodes[rank].cores.count + index))
  }

  func memory(of rank: Int) -> VertexID { VertexID(firstVertex[rank + 1] - 1) }

  /// How much there is of a vertex: one of a node, core or gpu; MiB of a memory pool.
  func size(of place: VertexPlace) -> Amount {
    guard place.kind == .memory else { return .one }
    return Amount(units: inventory.nodes[place.rank].memoryBytes >> 20) ?? .zero
  }

  /// `nil` for the cluster and for ids that were never assigned.
  func place(of vertex: VertexID) -> VertexPlace? {
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
