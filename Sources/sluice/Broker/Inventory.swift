import ArgumentParser
import BrokerCore
import Execution
import ResourceGraph
import Vocabulary

/// What this instance has to give.
enum Inventory {
  /// What tells the broker: made-up nodes, or this host as hwloc sees it.
  static func command(_ settings: BrokerSettings) throws -> Command {
    if let made = settings.madeUpNodes {
      return .defineResources(
        .fake(
          prefix: HostNames.own, nodeCount: made.count, coresPerNode: made.cores, gpusPerNode: made.gpus,
          memoryPerNode: made.memoryBytes))
    }
    if let path = settings.resources { return .describeResources(try described(by: path)) }
    let host = try HostDiscovery.discover()
    let document = try? document(of: host)
    // A host whose name no graph takes is still a host.
    return document.map { .describeResources($0) } ?? .defineResources(inventory(of: host))
  }

  /// What a file of resources says: JGF, R or a recipe.
  ///
  /// - Throws: a sentence that names the file and the place, also where its graph is none that a broker can hold.
  static func described(by path: String) throws -> GraphDocument {
    do throws(QueryFault) {
      let document = try DocumentFile(path).graph()
      do throws(MutationFault) { _ = try ResourceGraph(document) } catch { throw QueryFault(error, in: path) }
      return document
    } catch {
      throw ValidationError("\(error.message)")
    }
  }

  /// A cluster of one node: sockets, NUMA nodes where a socket has several, cores and GPUs, and memory.
  private static func document(of host: HostInventory) throws -> GraphDocument {
    var node = Fragment(type: ResourceGraph.hostType, names: try Hostlist([host.hostname]))
    for socket in host.sockets {
      let gpus = host.gpus.filter { $0.socket == socket.index }
      node.children.append(
        Fragment(
          type: "socket", firstID: socket.index, children: parts(of: socket) + gpus.map(Self.fragment)))
    }
    let sockets = Set(host.sockets.map(\.index))
    let elsewhere = host.gpus.filter { gpu in gpu.socket.map { !sockets.contains($0) } ?? true }
    node.children += elsewhere.map(Self.fragment)
    node.children.append(
      Fragment(type: "memory", size: Amount(units: host.memoryBytes >> 20) ?? .zero, unit: "MiB"))
    let document = GraphDocument(fragments: [Fragment(type: "cluster", children: [node])])
    _ = try ResourceGraph(document)
    return document
  }

  private static func parts(of socket: HostInventory.Socket) -> [Fragment] {
    let numaNodes = Set(socket.cores.map { $0.numaNode ?? 0 }).sorted()
    guard numaNodes.count > 1 else { return socket.cores.map(Self.fragment) }
    return numaNodes.map { number in
      Fragment(
        type: "numanode", firstID: number,
        children: socket.cores.filter { ($0.numaNode ?? 0) == number }.map(Self.fragment))
    }
  }

  private static func fragment(_ core: HostInventory.Core) -> Fragment {
    Fragment(type: "core", firstID: core.index, cpus: core.cpus)
  }

  private static func fragment(_ gpu: HostInventory.GPU) -> Fragment { Fragment(type: "gpu", firstID: gpu.index) }

  private static func inventory(of host: HostInventory) -> ResourceInventory {
    ResourceInventory(nodes: [
      NodeDescription(
        hostname: host.hostname, cores: host.sockets.flatMap(\.cores).map { CoreDescription(cpus: $0.cpus) },
        gpuCount: host.gpus.count, memoryBytes: host.memoryBytes)
    ])
  }
}
