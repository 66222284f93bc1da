import Vocabulary

/// What the `shape` of a submission asks for, as resources and tasks.
///
/// It makes a version 1 jobspec where that can say it, because more tools read those; otherwise a general one. The
/// command runs once in each slot, or `ntasks` times in all of them together.
struct ShapeRequest {
  let version: Int64
  let resources: [ResourceVertex]
  let task: TaskRequest
  let demand: Demand

  /// `nil` after a report.
  init?(_ value: JSONValue, ntasks: JSONValue?, command: [String], _ checker: inout Checker) {
    let count = ntasks.map { value in
      checker.within("ntasks") { $0.integer(value, in: 1...JobspecLimits.maximumTasks) }
    }
    guard count != .some(nil) else { return nil }
    let shape: (resources: [ResourceVertex], label: String)? = checker.within("shape") { checker in
      guard let resources = checker.shape(value) else { return nil }
      guard let label = Self.commandLabel(resources, &checker) else { return nil }
      return (resources, label)
    }
    guard let shape else { return nil }
    resources = shape.resources
    let total = (count ?? nil).map { TaskRequest.Count.total($0) }
    task = TaskRequest(command: command, slot: shape.label, count: total ?? .perSlot(1))

    var strict = Checker(base: "")
    _ = strict.resources(.array(resources.map { $0.rendered() }))
    if let demand = strict.demand(of: resources, task: task, version: Jobspec.supportedVersion),
      strict.faults.isEmpty
    {
      version = Jobspec.supportedVersion
      self.demand = demand
      return
    }
    version = Jobspec.generalVersion
    var general = Checker(base: "")
    // What a shape makes must also be what a document may say: labels and units are checked there.
    _ = general.resources(.array(resources.map { $0.rendered() }))
    let demand = general.demand(of: resources, task: task, version: Jobspec.generalVersion)
    // The document has a text where these pointers lead into resources, so that they go into the message.
    for fault in general.faults { checker.report(at: "shape", "stands for \(fault.pointer), which \(fault.message)") }
    guard let demand, general.faults.isEmpty else { return nil }
    self.demand = demand
  }

  /// The label of the outermost slots, which must be one, because one command is given.
  private static func commandLabel(_ resources: [ResourceVertex], _ checker: inout Checker) -> String? {
    let labels = Set(outermostLabels(resources))
    if labels.count == 1 { return labels.first }
    checker.report(
      labels.isEmpty
        ? "must have a slot for the command to run in"
        : "must have one kind of slot for the command to run in; give a whole jobspec for several")
    return nil
  }

  private static func outermostLabels(_ siblings: [ResourceVertex]) -> [String] {
    siblings.flatMap { vertex in
      RequestPart.Kind(type: vertex.type).isSlot ? [vertex.label ?? ""] : outermostLabels(vertex.with)
    }
  }
}

extension Checker {
  fileprivate mutating func shape(_ value: JSONValue) -> [ResourceVertex]? {
    guard let text = string(value) else { return nil }
    do throws(SyntaxFault) {
      return try ShapeText.parse(text)
    } catch {
      report("is no shape: \(error.text)")
      return nil
    }
  }

  /// A constraint written as a query.
  mutating func requirement(_ value: JSONValue) -> Constraint? {
    guard let text = string(value) else { return nil }
    do throws(SyntaxFault) {
      return try ConstraintQuery.parse(text)
    } catch {
      report("is no constraint query: \(error.text)")
      return nil
    }
  }
}
