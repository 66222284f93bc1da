import Vocabulary

extension GeneralShape {
  /// The least that the slots of the task need, or `nil` after a report.
  static func demand(
    of resources: [ResourceVertex], task: TaskRequest?, _ checker: inout Checker
  ) -> Demand? {
    let faultsBefore = checker.faults.count
    var shape = GeneralShape(taskLabel: task?.slot)
    checker.within("resources") { shape.read(resources, in: Place(), &$0) }
    guard let task, checker.faults.count == faultsBefore, !checker.isFull else { return nil }
    checker.within("tasks") { checker in
      checker.within(0) { shape.checkSlot(&$0) }
    }
    guard let first = shape.taskSlots.first, checker.faults.count == faultsBefore else { return nil }
    guard let memory = shape.leastMemory() else {
      checker.report(at: "resources", "makes more memory in all than can be counted")
      return nil
    }
    let slots = shape.leastSlots(of: first)
    let tasks = checker.within("tasks") { checker in
      checker.within(0) { shape.tasks(task, slots: slots, nodes: first.place.nodes, &$0) }
    }
    guard let tasks else { return nil }
    return Demand(
      nodes: first.place.nodes.map { Int($0) }, totalSlots: Int(slots),
      coresPerSlot: Int(shape.least("core") ?? 0), gpusPerSlot: Int(shape.least("gpu") ?? 0),
      memoryPerSlot: memory == 0 ? nil : memory, exclusiveNodes: first.place.exclusiveNodes, taskCount: Int(tasks))
  }

  private func checkSlot(_ checker: inout Checker) {
    if taskSlots.isEmpty {
      checker.report(at: "slot", "must be the label of a slot")
    } else if isTaskOptional {
      checker.report(at: "slot", "must be the label of all alternatives, so that the task has a slot in any case")
    }
  }

  // MARK: Amounts

  /// Of alternatives, which are side by side, the least.
  private func leastSlots(of first: TaskSlot) -> Int64 {
    // The products were checked against their limit.
    taskSlots.map { $0.place.outer * $0.vertex.count.minimum }.min() ?? first.place.outer
  }

  /// Resources of one type in one slot. They fit: each product along a path was checked, and so was their number.
  private func least(_ type: String) -> Int64? {
    taskSlots.compactMap { Self.least(type, in: $0.vertex.with) }.min()
  }

  /// Bytes in one slot, zero for none; `nil` when all slots together need more than 63 bits.
  private func leastMemory() -> Int64? {
    var least: Int64?
    for slot in taskSlots {
      guard let bytes = Self.least(MemoryUnit.resourceType, in: slot.vertex.with),
        !bytes.multipliedReportingOverflow(by: slot.place.outer * slot.vertex.count.minimum).overflow
      else { return nil }
      least = min(least ?? bytes, bytes)
    }
    return least
  }

  /// The least of a type in one list; `nil` on overflow, which only bytes of memory can cause.
  private static func least(_ type: String, in siblings: [ResourceVertex]) -> Int64? {
    var sum: Int64 = 0
    var alternatives: [String: Int64] = [:]
    for vertex in siblings {
      guard let within = least(type, in: vertex.with), let own = vertex.type == type ? unit(of: vertex) : 0,
        let amount = product(vertex.count.minimum, total(own, within))
      else { return nil }
      if RequestPart.Kind(type: vertex.type).isAlternative {
        alternatives[vertex.type] = min(alternatives[vertex.type] ?? .max, amount)
      } else {
        guard let more = total(sum, amount) else { return nil }
        sum = more
      }
    }
    return alternatives.values.reduce(Optional(sum)) { sum, amount in sum.flatMap { total($0, amount) } }
  }

  /// What one of the vertex's count is worth.
  private static func unit(of vertex: ResourceVertex) -> Int64? {
    vertex.type == MemoryUnit.resourceType ? MemoryUnit.bytesOfOne(vertex) : 1
  }

  private static func product(_ a: Int64, _ b: Int64?) -> Int64? {
    guard let (product, overflow) = b.map({ a.multipliedReportingOverflow(by: $0) }) else { return nil }
    return overflow ? nil : product
  }

  private static func total(_ a: Int64, _ b: Int64) -> Int64? {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? nil : sum
  }

  // MARK: Tasks

  /// How many tasks there are at least, or `nil` after a report.
  private func tasks(_ task: TaskRequest, slots: Int64, nodes: Int64?, _ checker: inout Checker) -> Int64? {
    let tasks: Int64?
    switch task.count {
    case .total(let total): tasks = total
    case .perSlot(let count): tasks = Self.product(slots, count)
    case .perResource(let type, let count):
      let amount = type == MemoryUnit.resourceType ? 0 : least(type) ?? 0
      guard amount > 0 else {
        checker.within("count") { checker in
          checker.within("per_resource") {
            $0.report(at: "type", "must be a type that the task's slot holds in any case, and not memory")
          }
        }
        return nil
      }
      tasks = Self.product(slots, Self.product(amount, count))
    }
    guard let tasks, tasks <= JobspecLimits.maximumTasks else {
      checker.report(
        at: "count", "gives more tasks than the \(JobspecLimits.maximumTasks) that are allowed")
      return nil
    }
    // A single task may have several nodes, as a batch script has.
    if let nodes, tasks < nodes, tasks != 1 {
      checker.report(at: "count", "gives fewer tasks than the \(nodes) nodes asked for")
      return nil
    }
    return tasks
  }
}
