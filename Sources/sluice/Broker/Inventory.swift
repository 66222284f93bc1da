import Execution
import ResourceGraph

/// What this instance has to give.
enum Inventory {
  static func make(_ settings: BrokerSettings) throws -> ResourceInventory {
    if let made = settings.madeUpNodes {
      return .fake(
        prefix: HostNames.own, nodeCount: made.count, coresPerNode: made.cores, gpusPerNode: made.gpus,
        memoryPerNode: made.memoryBytes)
    }
    let host = try HostDiscovery.discover()
    return ResourceInventory(nodes: [
      NodeDescription(
        hostname: host.hostname, cores: host.sockets.flatMap(\.cores).map { CoreDescription(cpus: $0.cpus) },
        gpuCount: host.gpus.count, memoryBytes: host.memoryBytes)
    ])
  }
}
