public import Vocabulary

/// What an instance has to give: its nodes, in the order of their ranks.
///
/// Comes from a port (discovered, configured, or granted by a parent) and is recorded in the log, so that a
/// replay never depends on the machine.
public struct ResourceInventory: Hashable, Sendable {
  public var nodes: [NodeDescription]

  public init(nodes: [NodeDescription]) { self.nodes = nodes }

  /// Equal nodes named `prefix0…`, as Flux's fake resources.
  ///
  /// - Source: flux-config-fake-resources(5).
  public static func fake(
    prefix: String, nodeCount: Int, coresPerNode: Int, gpusPerNode: Int, memoryPerNode: Int64
  ) -> ResourceInventory {
    ResourceInventory(
      nodes: (0..<nodeCount).map { index in
        NodeDescription(
          hostname: nodeCount == 1 ? prefix : "\(prefix)\(index)",
          cores: Array(repeating: CoreDescription(cpus: []), count: coresPerNode), gpuCount: gpusPerNode,
          memoryBytes: memoryPerNode)
      })
  }
}

public struct NodeDescription: Hashable, Sendable {
  public let hostname: String
  public let cores: [CoreDescription]
  public let gpuCount: Int
  public let memoryBytes: Int64

  public init(hostname: String, cores: [CoreDescription], gpuCount: Int, memoryBytes: Int64) {
    self.hostname = hostname
    self.cores = cores
    self.gpuCount = gpuCount
    self.memoryBytes = memoryBytes
  }
}

/// One core and the operating system's numbers of its hardware threads; none for a fake core.
public struct CoreDescription: Hashable, Sendable {
  public let cpus: [Int]

  public init(cpus: [Int]) { self.cpus = cpus }
}

extension ResourceInventory {
  public func pack(into writer: inout PackedWriter) {
    writer.writeList(nodes) { writer, node in
      writer.write(node.hostname)
      writer.writeList(node.cores) { writer, core in writer.writeList(core.cpus) { $0.write($1) } }
      writer.write(node.gpuCount)
      writer.write(node.memoryBytes)
    }
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    nodes = try reader.readList { (reader) throws(PackedError) in
      NodeDescription(
        hostname: try reader.readString(),
        cores: try reader.readList { (reader) throws(PackedError) in
          CoreDescription(cpus: try reader.readList { (reader) throws(PackedError) in try reader.readInt() })
        }, gpuCount: try reader.readInt(), memoryBytes: try reader.readInt64())
    }
  }
}
