import Vocabulary

/// From the fields of a submission to a canonical jobspec.
extension SubmissionFields {
  /// The jobspec that the short fields ask for; `nil` after a report.
  func build(_ checker: inout Checker) -> Jobspec? {
    var command: [String]?
    if let value = self.command {
      command = checker.within("command") { $0.command(value) }
    } else {
      checker.report(at: "command", "is required, unless \"jobspec\" is given")
    }
    let asked = resources(for: command ?? [], &checker)
    let attributes = AttributeBuilder(reading: self, &checker)
    checker.checkSingleton(attributes.system)
    if let asked {
      checker.within("attributes") { $0.checkTaskmap(attributes.system.taskDistribution, for: asked.demand) }
    }
    guard let command, let asked, checker.faults.isEmpty else { return nil }
    checker.checkSpace(command: command, environment: attributes.system.environment)
    return Jobspec(
      version: asked.version, resources: asked.resources, tasks: [asked.task], attributes: attributes.finished(),
      system: attributes.system, demand: asked.demand)
  }

  /// What is asked for, with the task that the command becomes; `nil` after a report.
  private func resources(
    for command: [String], _ checker: inout Checker
  ) -> (version: Int64, resources: [ResourceVertex], task: TaskRequest, demand: Demand)? {
    guard let shape else {
      return ShortShape(reading: self, &checker).map { short in
        let task = TaskRequest(command: command, slot: ShortShape.slotLabel, count: short.taskCount)
        return (Jobspec.supportedVersion, short.resources, task, short.demand)
      }
    }
    let contradicting = ["nnodes", "cores_per_task", "gpus_per_task", "memory", "exclusive"]
    for name in shortNames where contradicting.contains(name) {
      checker.report(at: name, "must not be given beside \"shape\", which says it all")
    }
    return ShapeRequest(shape, ntasks: ntasks, command: command, &checker).map {
      ($0.version, $0.resources, $0.task, $0.demand)
    }
  }

  /// A whole jobspec, with what may stand beside it written into it; `nil` after a report.
  func completed(_ whole: JSONValue, _ checker: inout Checker) -> Jobspec? {
    for name in shortNames { checker.report(at: name, "must not be given beside \"jobspec\"") }
    var whole = whole
    if let queue, checker.within("queue", { $0.queueName(queue) }) != nil {
      place(queue, as: "queue", in: &whole, &checker)
    }
    if let maxAttempts, checker.within("max_attempts", { $0.maxAttempts(maxAttempts) }) != nil {
      place(maxAttempts, as: "max_attempts", in: &whole, &checker)
    }
    if let retry {
      _ = checker.within("retry") { $0.retryPolicy(retry) }
      place(retry, as: "retry", in: &whole, &checker)
    }
    if let dependencies {
      let read = checker.within("dependencies") { $0.dependencies(dependencies, takesTexts: true) }
      place(.array(read.map(\.rendered)), as: "dependencies", in: &whole, &checker)
    }
    return checker.within("jobspec") { Jobspec.read(whole, &$0) }
  }

  /// Where the list of dependencies was written, as a JSON Pointer.
  var dependencyPlace: String {
    if dependencies != nil { return "/dependencies" }
    return jobspec == nil ? "/attributes/system/dependencies" : "/jobspec/attributes/system/dependencies"
  }

  /// Does nothing where there is no `attributes.system`: reading reports that.
  private func place(_ value: JSONValue, as name: String, in whole: inout JSONValue, _ checker: inout Checker) {
    guard var document = whole.object, var attributes = document["attributes"]?.object,
      var system = attributes["system"]?.object
    else { return }
    if let given = system[name], given != value {
      return checker.report(at: name, "differs from the jobspec's attributes.system.\(name)")
    }
    system[name] = value
    attributes["system"] = .object(system)
    document["attributes"] = .object(attributes)
    whole = .object(document)
  }
}
