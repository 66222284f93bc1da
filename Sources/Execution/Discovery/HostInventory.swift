/// What a host has, as far as this process may use it.
public struct HostInventory: Sendable, Equatable {
  public struct Core: Sendable, Equatable {
    /// Counts from 0 over the whole host.
    public var index: Int
    /// Operating-system CPU numbers; several where the core has hardware threads.
    public var cpus: [Int]
    /// Operating-system number of the NUMA node with its nearest memory.
    public var numaNode: Int?
  }

  public struct Socket: Sendable, Equatable {
    public var index: Int
    public var cores: [Core]
  }

  public struct NUMANode: Sendable, Equatable {
    /// Operating-system number.
    public var index: Int
    public var memoryBytes: Int64
  }

  public struct GPU: Sendable, Equatable {
    /// As `CUDA_VISIBLE_DEVICES` counts.
    public var index: Int
    /// The driver's name where one is known, such as `nvidia0`, else the PCI address.
    public var name: String
    /// The socket that it is attached to, where the machine tells.
    public var socket: Int?
  }

  public var hostname: String
  public var sockets: [Socket]
  public var numaNodes: [NUMANode]
  public var gpus: [GPU]
  public var memoryBytes: Int64

  public var coreCount: Int { sockets.reduce(0) { $0 + $1.cores.count } }
}

/// Why a host could not be looked at.
public struct HostDiscoveryError: Error, Equatable {
  public let reason: String
}
