import Vocabulary

/// Checks the resources of a general jobspec, and finds the slots that its task runs in.
///
/// Slots may stand anywhere, also in each other; several may stand side by side, and are then all needed. What they
/// need at least is worked out in `GeneralShape+Demand`.
/// - Source: RFC 14, "Resources".
struct GeneralShape {
  /// Where the vertices of one list stand.
  struct Place {
    /// How many such lists there are at least: the least counts above, multiplied.
    var outer: Int64 = 1
    /// The same for the innermost node above; `nil`: none is above.
    var nodes: Int64?
    /// Whether that node is the job's alone.
    var exclusiveNodes = false
    var isInSlot = false
    /// Whether another alternative may be taken instead of what is here.
    var isOptional = false
  }

  /// Slots of one vertex, with the task's label.
  struct TaskSlot {
    let vertex: ResourceVertex
    let place: Place
  }

  let taskLabel: String?
  private(set) var taskSlots: [TaskSlot] = []
  /// Whether the task would have no slot if some alternative were taken.
  private(set) var isTaskOptional = false
  private var labels: Set<String> = []
  private var vertices = 0

  init(taskLabel: String?) { self.taskLabel = taskLabel }

  mutating func read(_ siblings: [ResourceVertex], in place: Place, _ checker: inout Checker) {
    var shared: Set<[String]> = []
    for (index, vertex) in siblings.enumerated() {
      let alternatives = Self.isAlternative(vertex) ? siblings.filter { $0.type == vertex.type } : []
      checker.within(index) { checker in
        checkLabel(vertex, &shared, &checker)
        if vertex.type == "or_slot", alternatives.contains(where: { $0.count != vertex.count }) {
          checker.report(at: "count", "must be the same for all or_slots side by side: it is that of all together")
        }
        read(vertex, hasAlternatives: alternatives.count > 1, in: place, &checker)
      }
      noteTaskSlot(vertex, alternatives, in: place)
    }
  }

  private static func isAlternative(_ vertex: ResourceVertex) -> Bool {
    RequestPart.Kind(type: vertex.type).isAlternative
  }

  private mutating func noteTaskSlot(_ vertex: ResourceVertex, _ alternatives: [ResourceVertex], in place: Place) {
    guard let label = vertex.label, label == taskLabel, RequestPart.Kind(type: vertex.type).isSlot else { return }
    taskSlots.append(TaskSlot(vertex: vertex, place: place))
    if place.isOptional || alternatives.contains(where: { $0.label != label }) { isTaskOptional = true }
  }

  private mutating func read(
    _ vertex: ResourceVertex, hasAlternatives: Bool, in place: Place, _ checker: inout Checker
  ) {
    vertices += 1
    guard vertices <= JobspecLimits.maximumResourceVertices else {
      if vertices == JobspecLimits.maximumResourceVertices + 1 {
        checker.report("is more than the \(JobspecLimits.maximumResourceVertices) resources that are allowed in all")
      }
      return
    }
    let isSlot = RequestPart.Kind(type: vertex.type).isSlot
    checkType(vertex, &checker)
    if let id = vertex.id, (try? Idset(parsing: id))?.isEmpty ?? true {
      checker.report(at: "id", "must be a set of ids such as \"0-3,8\"")
    }
    if isSlot, vertex.label == nil { checker.report(at: "label", "is required for a slot") }
    if isSlot, vertex.with.isEmpty { checker.report(at: "with", "is required for a slot") }
    guard let product = checkCount(vertex, outer: place.outer, &checker) else { return }
    var below = place
    below.outer = product
    below.isInSlot = place.isInSlot || isSlot
    below.isOptional = place.isOptional || hasAlternatives
    if vertex.type == "node" {
      below.nodes = product
      below.exclusiveNodes = vertex.exclusive ?? place.isInSlot
    }
    checker.within("with") { read(vertex.with, in: below, &$0) }
  }

  // MARK: Values

  private func checkType(_ vertex: ResourceVertex, _ checker: inout Checker) {
    let bytes = vertex.type.utf8
    let isWord =
      bytes.first.map { Self.isLetter($0) } ?? false
      && bytes.allSatisfy { Self.isLetter($0) || (48...57).contains($0) || "_-.".utf8.contains($0) }
    if !isWord || bytes.count > JobspecLimits.maximumTypeBytes {
      checker.report(
        at: "type",
        "must be a letter and up to \(JobspecLimits.maximumTypeBytes - 1) letters, digits, \"_\", \"-\" or \".\"")
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }

  /// Labels are unique, but alternatives may share one: the task runs in whichever is taken.
  ///
  /// - Parameter shared: types and labels of the alternatives that stand before it.
  private mutating func checkLabel(
    _ vertex: ResourceVertex, _ shared: inout Set<[String]>, _ checker: inout Checker
  ) {
    guard let label = vertex.label else { return }
    if labels.insert(label).inserted {
      if Self.isAlternative(vertex) { shared.insert([vertex.type, label]) }
    } else if !shared.contains([vertex.type, label]) {
      checker.report(
        at: "label", "\"\(label)\" is given twice; only or_slots, or xor_slots, side by side may share one")
    }
  }

  /// The least count times those above, or `nil` after a report.
  private func checkCount(_ vertex: ResourceVertex, outer: Int64, _ checker: inout Checker) -> Int64? {
    if vertex.type == MemoryUnit.resourceType { return checkMemory(vertex, outer: outer, &checker) }
    guard (1...JobspecLimits.maximumCount).contains(vertex.count.minimum) else {
      checker.report(
        at: "count", "must be from 1 to \(JobspecLimits.maximumCount) at least, not \(vertex.count.minimum)")
      return nil
    }
    let (product, overflow) = outer.multipliedReportingOverflow(by: vertex.count.minimum)
    guard !overflow, product <= JobspecLimits.maximumCountProduct else {
      checker.report(
        at: "count", "makes more than \(JobspecLimits.maximumCountProduct) of type \"\(vertex.type)\" in all")
      return nil
    }
    return product
  }

  /// Memory holds nothing, so that its amount is no factor for anything.
  private func checkMemory(_ vertex: ResourceVertex, outer: Int64, _ checker: inout Checker) -> Int64? {
    if !vertex.with.isEmpty { checker.report(at: "with", "memory holds nothing") }
    guard let unit = MemoryUnit.bytesOfOne(vertex) else {
      checker.report(at: "unit", "must be one of \(MemoryUnit.names)")
      return nil
    }
    if case .range(_, _, .power, _) = vertex.count {
      checker.report(at: "count", "must not be a range of powers for memory")
      return nil
    }
    if case .set(let set) = vertex.count, set.count > JobspecLimits.maximumMemoryChoices {
      checker.report(at: "count", "must hold at most \(JobspecLimits.maximumMemoryChoices) amounts of memory")
      return nil
    }
    let largest = vertex.count.maximum ?? vertex.count.minimum
    let (bytes, overflow) = largest.multipliedReportingOverflow(by: unit)
    guard !overflow, bytes <= JobspecLimits.maximumMemoryPerSlot else {
      checker.report(at: "count", "must be at most \(JobspecLimits.maximumMemoryPerSlot) bytes")
      return nil
    }
    return outer
  }
}
