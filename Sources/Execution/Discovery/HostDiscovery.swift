import CHwloc
import Glibc

/// Looks at the host that this process runs on.
public enum HostDiscovery {
  /// Reads the machine's topology. CPUs outside of this process's own CPU set are left out.
  public static func discover() throws(HostDiscoveryError) -> HostInventory {
    let topology = try Topology()
    let allowed = Set(allowedCPUNumbers())
    let sockets = topology.sockets(allowed: allowed)
    guard !sockets.isEmpty else { throw HostDiscoveryError(reason: "no core may be used") }
    return HostInventory(
      hostname: hostname(), sockets: sockets, numaNodes: topology.numaNodes(), gpus: gpus(topology),
      memoryBytes: memoryBytes())
  }

  /// GPUs whose driver is loaded, as the driver numbers them; else what the PCI bus shows.
  private static func gpus(_ topology: borrowing Topology) -> [HostInventory.GPU] {
    // The driver's device files are what jobs open, and their numbers what CUDA_VISIBLE_DEVICES means.
    let found = topology.pciGPUs()
    let loaded = (0..<64).filter { unsafe access("/dev/nvidia\($0)", F_OK) == 0 }
    if loaded.isEmpty {
      return found.enumerated().map { HostInventory.GPU(index: $0, name: $1.name, socket: $1.socket) }
    }
    return loaded.enumerated().map { position, number in
      HostInventory.GPU(
        index: number, name: "nvidia\(number)", socket: position < found.count ? found[position].socket : nil)
    }
  }

  /// What the kernel manages: memory added while it runs is in no NUMA node's list on some machines.
  /// - Source: proc(5), the first line of `/proc/meminfo`, in KiB.
  private static func memoryBytes() -> Int64 {
    let text = String(decoding: contents(ofFile: "/proc/meminfo", limit: 256) ?? [], as: UTF8.self)
    let digits = text.drop { !$0.isNumber }.prefix { $0.isNumber }
    return (Int64(digits) ?? 0) * 1_024
  }

  private static func hostname() -> String {
    // 64 bytes by Linux's own limit, and the terminator.
    var name = [CChar](repeating: 0, count: 65)
    unsafe gethostname(&name, name.count - 1)
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
