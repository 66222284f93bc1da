/// What version 1 allows of RFC 14's resource trees, and what it means.
///
/// The shapes are `slot>core`, `slot>(core,gpu)`, and both under `node`; beside core and gpu we take
/// `memory`.
/// - Source: RFC 25, "V1-Specific Resource Graph Restrictions".
struct VersionOneShape {
  private(set) var nodes: Int64?
  private(set) var exclusiveNodes = false
  private(set) var slots: Int64 = 1
  private(set) var slotLabel: String?
  private var cores: Int64?
  private var gpus: Int64?
  private var memory: Int64?
  private var labels: [String] = []

  /// The demand, or `nil` after a report.
  static func demand(
    of resources: [ResourceVertex], task: TaskRequest?, _ checker: inout Checker
  ) -> Demand? {
    let faultsBefore = checker.faults.count
    var shape = VersionOneShape()
    checker.within("resources") { shape.readTop(resources, &$0) }
    guard checker.faults.count == faultsBefore, !checker.isFull, let cores = shape.cores else { return nil }
    guard let demand = shape.demand(cores: cores, task: task) else {
      checker.report(at: "tasks", "must not be counted by resource in version 1")
      return nil
    }
    if let task { shape.check(task, against: demand, &checker) }
    return demand
  }

  /// `nil` when tasks are counted in a way that version 1 does not have.
  private func demand(cores: Int64, task: TaskRequest?) -> Demand? {
    let totalSlots = (nodes ?? 1) * slots
    let tasks: Int64
    switch task?.count {
    case .total(let total): tasks = total
    case .perSlot(let count): tasks = totalSlots * count
    case .perResource: return nil
    case nil: tasks = totalSlots
    }
    return Demand(
      nodes: nodes.map { Int($0) }, totalSlots: Int(totalSlots), coresPerSlot: Int(cores),
      gpusPerSlot: Int(gpus ?? 0),
      memoryPerSlot: memory, exclusiveNodes: exclusiveNodes, taskCount: Int(tasks))
  }

  private func check(_ task: TaskRequest, against demand: Demand, _ checker: inout Checker) {
    checker.within("tasks") { checker in
      checker.within(0) { checker in
        if let slotLabel, task.slot != slotLabel {
          checker.report(at: "slot", "must be the slot's label, \"\(slotLabel)\"")
        }
        checker.within("count") { checker in
          if demand.taskCount > JobspecLimits.maximumTasks {
            checker.report(
              "gives \(demand.taskCount) tasks; at most \(JobspecLimits.maximumTasks) are allowed")
          }
          // A single task may have several nodes, as a batch script has.
          if let nodes = demand.nodes, demand.taskCount < nodes, demand.taskCount != 1 {
            checker.report("gives fewer tasks than the \(nodes) nodes asked for")
          }
        }
      }
    }
  }

  // MARK: Levels

  private mutating func readTop(_ resources: [ResourceVertex], _ checker: inout Checker) {
    guard resources.count == 1 else {
      return checker.report("must hold exactly one resource in version 1, a node or a slot")
    }
    checker.within(0) { checker in
      switch resources[0].type {
      case "node": readNode(resources[0], &checker)
      case "slot": readSlot(resources[0], &checker)
      default: checker.report(at: "type", "must be \"node\" or \"slot\" at the top")
      }
    }
  }

  private mutating func readNode(_ node: ResourceVertex, _ checker: inout Checker) {
    nodes = plainCount(node, of: 1, &checker)
    exclusiveNodes = node.exclusive ?? false
    checkNames(node, &checker)
    guard node.with.count == 1 else { return checker.report(at: "with", "a node must hold exactly one slot") }
    checker.within("with") { checker in
      checker.within(0) { checker in
        guard node.with[0].type == "slot" else {
          return checker.report(at: "type", "must be \"slot\" in a node")
        }
        readSlot(node.with[0], &checker)
      }
    }
  }

  private mutating func readSlot(_ slot: ResourceVertex, _ checker: inout Checker) {
    slots = plainCount(slot, of: nodes ?? 1, &checker) ?? 1
    slotLabel = slot.label
    if slot.label == nil { checker.report(at: "label", "is required for a slot") }
    if slot.exclusive == false {
      checker.report(at: "exclusive", "must be true or absent: a slot is the job's alone")
    }
    checkNames(slot, &checker)
    checker.within("with") { checker in
      for (index, part) in slot.with.enumerated() {
        checker.within(index) { readPart(part, &$0) }
      }
      if !slot.with.contains(where: { $0.type == "core" }) { checker.report("must hold a core") }
    }
  }

  private mutating func readPart(_ part: ResourceVertex, _ checker: inout Checker) {
    if !part.with.isEmpty { checker.report(at: "with", "a \(part.type) holds nothing in version 1") }
    if part.exclusive != nil { checker.report(at: "exclusive", "is for nodes and slots only in version 1") }
    checkNames(part, &checker)
    let isTwice: Bool
    switch part.type {
    case "core":
      isTwice = cores != nil
      cores = plainCount(part, of: allSlots, &checker) ?? 1
    case "gpu":
      isTwice = gpus != nil
      gpus = plainCount(part, of: allSlots, &checker) ?? 1
    case "memory":
      isTwice = memory != nil
      memory = memorySize(part, &checker) ?? 1
    default: return checker.report(at: "type", "must be \"core\", \"gpu\" or \"memory\" in a slot")
    }
    if isTwice { checker.report(at: "type", "\"\(part.type)\" is given twice in one slot") }
  }

  // MARK: Values

  private var allSlots: Int64 { (nodes ?? 1) * slots }

  private mutating func checkNames(_ vertex: ResourceVertex, _ checker: inout Checker) {
    if vertex.id != nil { checker.report(at: "id", "is not part of version 1") }
    guard let label = vertex.label else { return }
    if labels.contains(label) { checker.report(at: "label", "\"\(label)\" is given twice") }
    labels.append(label)
  }

  /// The count, which times `outer` must stay within the product's limit.
  private func plainCount(_ vertex: ResourceVertex, of outer: Int64, _ checker: inout Checker) -> Int64? {
    guard case .exactly(let count) = vertex.count else {
      checker.report(at: "count", "must be a plain integer in version 1, not a range or a set")
      return nil
    }
    guard (1...JobspecLimits.maximumCount).contains(count) else {
      checker.report(at: "count", "must be from 1 to \(JobspecLimits.maximumCount), not \(count)")
      return nil
    }
    let (product, overflow) = outer.multipliedReportingOverflow(by: count)
    guard !overflow, product <= JobspecLimits.maximumCountProduct else {
      checker.report(
        at: "count", "makes more than \(JobspecLimits.maximumCountProduct) of type \"\(vertex.type)\" in all")
      return nil
    }
    return count
  }

  private func memorySize(_ vertex: ResourceVertex, _ checker: inout Checker) -> Int64? {
    guard case .exactly(let count) = vertex.count else {
      checker.report(at: "count", "must be a plain integer in version 1, not a range or a set")
      return nil
    }
    guard let unit = vertex.unit.flatMap({ MemoryUnit.bytes(of: $0) }) else {
      checker.report(at: "unit", "must be one of \(MemoryUnit.names)")
      return nil
    }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: unit)
    guard !overflow, (1...JobspecLimits.maximumMemoryPerSlot).contains(bytes) else {
      checker.report(
        at: "count", "must be at least 1 and at most \(JobspecLimits.maximumMemoryPerSlot) bytes a slot")
      return nil
    }
    guard !bytes.multipliedReportingOverflow(by: allSlots).overflow else {
      checker.report(at: "count", "makes more memory in all than can be counted")
      return nil
    }
    return bytes
  }
}
