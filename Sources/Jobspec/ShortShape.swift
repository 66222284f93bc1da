import Vocabulary

/// What the short fields of a submission ask for, as resources and tasks.
///
/// One slot holds one task; with `nnodes`, every node gets the same number of slots, rounded up, as Flux's
/// own tools do.
struct ShortShape {
  /// The label of the one slot; Flux's own tools call it so.
  static let slotLabel = "task"

  let resources: [ResourceVertex]
  let taskCount: TaskRequest.Count
  let demand: Demand

  /// `nil` after a report.
  init?(reading fields: SubmissionFields, _ checker: inout Checker) {
    let faultsBefore = checker.faults.count
    let nodes = fields.nnodes.map { checker.count($0, "nnodes", 1...JobspecLimits.maximumTasks) }
    let tasks =
      fields.ntasks.map { checker.count($0, "ntasks", 1...JobspecLimits.maximumTasks) } ?? nodes ?? 1
    let cores =
      fields.coresPerTask.map { checker.count($0, "cores_per_task", 1...JobspecLimits.maximumCount) } ?? 1
    let gpus =
      fields.gpusPerTask.map { checker.count($0, "gpus_per_task", 0...JobspecLimits.maximumCount) } ?? 0
    let memory = fields.memory.flatMap { value in checker.within("memory") { $0.memory(value) } }
    let exclusive =
      fields.exclusive.flatMap { value in checker.within("exclusive") { $0.bool(value) } } ?? false
    if exclusive, nodes == nil { checker.report(at: "exclusive", "needs \"nnodes\"") }
    if let nodes, tasks < nodes {
      checker.report(at: "ntasks", "must be at least \"nnodes\", which is \(nodes)")
    }
    guard checker.faults.count == faultsBefore, !checker.isFull else { return nil }

    let slotsPerNode = nodes.map { (tasks + $0 - 1) / $0 } ?? tasks
    let totalSlots = slotsPerNode * (nodes ?? 1)
    checker.checkProduct(totalSlots, cores, "cores_per_task")
    checker.checkProduct(totalSlots, gpus, "gpus_per_task")
    guard checker.faults.count == faultsBefore else { return nil }

    taskCount = totalSlots == tasks ? .perSlot(1) : .total(tasks)
    demand = Demand(
      nodes: nodes.map { Int($0) }, totalSlots: Int(totalSlots), coresPerSlot: Int(cores),
      gpusPerSlot: Int(gpus),
      memoryPerSlot: memory?.bytes, exclusiveNodes: exclusive, taskCount: Int(tasks))
    resources = Self.resources(
      nodes: nodes, slots: slotsPerNode, cores: cores, gpus: gpus, memory: memory, exclusive: exclusive)
  }

  private static func resources(
    nodes: Int64?, slots: Int64, cores: Int64, gpus: Int64, memory: MemoryRequest?, exclusive: Bool
  ) -> [ResourceVertex] {
    var parts = [ResourceVertex(type: "core", count: .exactly(cores))]
    if gpus > 0 { parts.append(ResourceVertex(type: "gpu", count: .exactly(gpus))) }
    if let memory {
      parts.append(ResourceVertex(type: "memory", count: .exactly(memory.count), unit: memory.unit))
    }
    let slot = ResourceVertex(type: "slot", count: .exactly(slots), with: parts, label: slotLabel)
    guard let nodes else { return [slot] }
    return [
      ResourceVertex(type: "node", count: .exactly(nodes), exclusive: exclusive ? true : nil, with: [slot])
    ]
  }
}

extension Checker {
  /// The count, or 1 after a report.
  fileprivate mutating func count(_ value: JSONValue, _ name: String, _ range: ClosedRange<Int64>) -> Int64 {
    within(name) { $0.integer(value, in: range) } ?? 1
  }

  /// A whole number of bytes, or a text with a unit.
  fileprivate mutating func memory(_ value: JSONValue) -> MemoryRequest? {
    let request: MemoryRequest?
    switch value {
    case .integer(let bytes): request = MemoryRequest(count: bytes, unit: "B")
    case .string(let text): request = MemoryRequest(text)
    default: request = nil
    }
    guard let request, (1...JobspecLimits.maximumMemoryPerSlot).contains(request.bytes) else {
      report(
        "must be bytes a task, or a number and a unit such as \"512MiB\" (\(MemoryUnit.names)), "
          + "from 1 to \(JobspecLimits.maximumMemoryPerSlot) bytes")
      return nil
    }
    return request
  }

  fileprivate mutating func checkProduct(_ slots: Int64, _ count: Int64, _ name: String) {
    // Both factors are below 2^31, so the product fits.
    if slots * count > JobspecLimits.maximumCountProduct {
      report(at: name, "makes more than \(JobspecLimits.maximumCountProduct) in all tasks together")
    }
  }
}
