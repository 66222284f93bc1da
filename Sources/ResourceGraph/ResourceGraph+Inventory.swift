import Persistent
import Vocabulary

/// Graphs of inventories: a cluster, its nodes in the order of their ranks, their cores, gpus and memory.
extension ResourceGraph {
  /// - Parameter version: of the graph that it replaces.
  /// - Precondition: `inventory.isWithinLimit`.
  public init(_ inventory: ResourceInventory, after version: UInt64 = 0) {
    self.init()
    self.version = version
    apply(.add(Fragment(type: "cluster"), under: nil))
    let nodes = inventory.nodes
    var first = 0
    while first < nodes.count {
      // Nodes that differ by name only are one fragment.
      var end = first + 1
      while end < nodes.count, nodes[end].hasSameParts(as: nodes[first]) { end += 1 }
      var fragment = nodes[first].fragment
      fragment.count = end - first
      add(fragment, under: VertexID(0))
      first = end
    }
    for (rank, node) in nodes.enumerated() { rename(rank, node.hostname) }
  }

  /// A host keeps the name that its machine has, whatever characters that is made of.
  private mutating func rename(_ rank: Int, _ hostname: String) {
    guard let host = host(rank: rank) else { return }
    hostsByName[name(of: host)] = nil
    customNames[host.rawValue] = hostname
    vertices.modify(Int(host.rawValue)) { $0.flags.formUnion(.named) }
    hostsByName[hostname] = host.rawValue
  }

  /// Cores that nobody holds.
  public var freeCoreCount: Int { Int(free(ofType: "core").wholeUnits) }
}

extension ResourceInventory {
  /// Whether a graph may be made of it.
  public var isWithinLimit: Bool {
    var count = 1
    for node in nodes {
      guard node.gpuCount >= 0, node.gpuCount <= ResourceGraph.maximumVertices else { return false }
      count += 2 + node.cores.count + node.gpuCount
      if count > ResourceGraph.maximumVertices { return false }
    }
    return true
  }
}

extension NodeDescription {
  fileprivate func hasSameParts(as other: NodeDescription) -> Bool {
    cores == other.cores && gpuCount == other.gpuCount && memoryBytes == other.memoryBytes
  }

  fileprivate var fragment: Fragment {
    var parts: [Fragment] = []
    for core in cores {
      if let last = parts.last, last.cpus == core.cpus {
        parts[parts.count - 1].count += 1
      } else {
        parts.append(Fragment(type: "core", cpus: core.cpus))
      }
    }
    if gpuCount > 0 { parts.append(Fragment(type: "gpu", count: gpuCount)) }
    parts.append(Fragment(type: "memory", size: Amount(units: memoryBytes >> 20) ?? .zero, unit: "MiB"))
    return Fragment(type: ResourceGraph.hostType, children: parts)
  }
}
