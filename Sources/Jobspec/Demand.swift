/// What a jobspec boils down to, in numbers.
///
/// A slot is the smallest part: it lies on one node and is the job's alone. For a version 1 jobspec that is all there
/// is to know. For a general one it is the least it needs of the slots that its task runs in: least counts, multiplied
/// along the path; of alternatives the least of each; nothing of what is asked for outside those slots. Such a slot
/// may hold nodes, and no cores.
public struct Demand: Hashable, Sendable {
  /// The number of nodes, each with the same number of slots; `nil`: slots may lie on any nodes. Nodes within a slot
  /// do not count.
  public let nodes: Int?
  /// On all nodes together; a multiple of `nodes` if that is given.
  public let totalSlots: Int
  public let coresPerSlot: Int
  public let gpusPerSlot: Int
  /// Bytes; `nil`: memory was not asked for. The sum over all slots fits in 63 bits.
  public let memoryPerSlot: Int64?
  /// Nothing else may run on the nodes. Only where `nodes` is given.
  public let exclusiveNodes: Bool
  public let taskCount: Int

  public init(
    nodes: Int?, totalSlots: Int, coresPerSlot: Int, gpusPerSlot: Int = 0, memoryPerSlot: Int64? = nil,
    exclusiveNodes: Bool = false, taskCount: Int
  ) {
    precondition(nodes.map { $0 > 0 && totalSlots % $0 == 0 } ?? !exclusiveNodes, "slots are spread evenly")
    self.nodes = nodes
    self.totalSlots = totalSlots
    self.coresPerSlot = coresPerSlot
    self.gpusPerSlot = gpusPerSlot
    self.memoryPerSlot = memoryPerSlot
    self.exclusiveNodes = exclusiveNodes
    self.taskCount = taskCount
  }

  /// `nil` unless nodes were asked for.
  public var slotsPerNode: Int? { nodes.map { totalSlots / $0 } }
  public var totalCores: Int { totalSlots * coresPerSlot }
  public var totalGPUs: Int { totalSlots * gpusPerSlot }
  public var totalMemory: Int64? { memoryPerSlot.map { $0 * Int64(totalSlots) } }
}
