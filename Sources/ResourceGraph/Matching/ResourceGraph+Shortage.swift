public import Jobspec
import Vocabulary

extension ResourceGraph {
  /// Whether a request could ever be met.
  ///
  /// - Precondition: nothing of the graph is held.
  /// - Parameter place: what the user knows the graph as.
  /// - Returns: `nil` if it could, else what is short, for the user.
  public func shortage(for jobspec: Jobspec, in place: String = "this instance") -> String? {
    shortage(for: jobspec, among: jobspec.constraint.map { self.hosts(allowedBy: $0) }, in: place)
  }

  /// The same, where it is known already which hosts may be used; `nil`: all.
  public func shortage(
    for jobspec: Jobspec, among hosts: HostSet?, in place: String = "this instance"
  ) -> String? {
    if jobspec.version == Jobspec.supportedVersion { return shortage(for: jobspec.demand, on: hosts, in: place) }
    let request = compile(jobspec.request)
    if let type = request.unknownType { return "\(place) has no resources of type \"\(type)\"" }
    var scratch = self
    return scratch.match(request, hosts: hosts) == nil
      ? "nothing in \(place) could hold what is asked for\(hosts.map { Self.describe($0) } ?? "")" : nil
  }

  /// Version 1 shapes need no search: it is enough to count what each host has.
  private func shortage(for demand: Demand, on hosts: HostSet?, in place: String) -> String? {
    var slots = 0
    var nodes = 0
    var isEnough = false
    forEachHost { rank, vertex in
      guard hosts?.contains(rank) ?? true else { return true }
      let room = self.slots(on: vertex, for: demand)
      guard room > 0 else { return true }
      slots += room
      if room >= demand.slotsPerNode ?? 1 { nodes += 1 }
      isEnough = demand.nodes.map { nodes >= $0 } ?? (slots >= demand.totalSlots)
      return !isEnough
    }
    if isEnough { return nil }
    let slot = Self.describe(demand)
    let bounds = hosts.map { Self.describe($0) } ?? ""
    if let wanted = demand.nodes {
      let each = demand.slotsPerNode ?? 1
      return "\(wanted) nodes with \(each) x \(slot) each were asked for; \(place) has \(nodes) such nodes\(bounds)"
    }
    return "\(demand.totalSlots) x \(slot) were asked for; \(place) has room for \(slots)\(bounds)"
  }

  private static func describe(_ hosts: HostSet) -> String {
    " among the \(hosts.count) node\(hosts.count == 1 ? "" : "s") that the constraint allows"
  }

  private func slots(on host: VertexID, for demand: Demand) -> Int {
    var count = demand.coresPerSlot > 0 ? units(of: "core", in: host) / demand.coresPerSlot : demand.totalSlots
    if demand.gpusPerSlot > 0 { count = min(count, units(of: "gpu", in: host) / demand.gpusPerSlot) }
    if let memory = demand.memoryPerSlot, memory > 0 {
      count = min(count, units(of: "memory", in: host) / Int(Self.mebibytes(memory)))
    }
    return count
  }

  private func units(of type: String, in host: VertexID) -> Int {
    guard let number = names.number(of: type), let interior = interior(of: self[host]),
      let index = interior.index(of: number)
    else { return 0 }
    return Int(interior.total[index] / 1_000)
  }

  private static func describe(_ demand: Demand) -> String {
    var parts = ["\(demand.coresPerSlot) core\(demand.coresPerSlot == 1 ? "" : "s")"]
    if demand.gpusPerSlot > 0 { parts.append("\(demand.gpusPerSlot) gpu\(demand.gpusPerSlot == 1 ? "" : "s")") }
    if let memory = demand.memoryPerSlot { parts.append("\(mebibytes(memory)) MiB") }
    return parts.joined(separator: " + ")
  }

  /// Memory is granted in whole MiB, rounded up.
  static func mebibytes(_ bytes: Int64) -> Int64 { bytes / 1_048_576 + (bytes % 1_048_576 == 0 ? 0 : 1) }
}
