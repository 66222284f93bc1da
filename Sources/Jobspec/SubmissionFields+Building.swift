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
    let shape = ShortShape(reading: self, &checker)
    let attributes = AttributeBuilder(reading: self, &checker)
    guard let command, let shape, checker.faults.isEmpty else { return nil }
    checker.checkSpace(command: command, environment: attributes.system.environment)
    return Jobspec(
      resources: shape.resources,
      tasks: [TaskRequest(command: command, slot: ShortShape.slotLabel, count: shape.taskCount)],
      attributes: attributes.finished(), system: attributes.system, demand: shape.demand)
  }

  /// A whole jobspec, with `queue` and `max_attempts` beside it written into it; `nil` after a report.
  func completed(_ whole: JSONValue, _ checker: inout Checker) -> Jobspec? {
    for name in shortNames { checker.report(at: name, "must not be given beside \"jobspec\"") }
    var whole = whole
    if let queue, checker.within("queue", { $0.queueName(queue) }) != nil {
      place(queue, as: "queue", in: &whole, &checker)
    }
    if let maxAttempts, checker.within("max_attempts", { $0.maxAttempts(maxAttempts) }) != nil {
      place(maxAttempts, as: "max_attempts", in: &whole, &checker)
    }
    return checker.within("jobspec") { Jobspec.read(whole, &$0) }
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
