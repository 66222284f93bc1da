import Vocabulary

/// Readers of `tasks`.
extension Checker {
  /// Exactly one task in any version: a job runs one program here.
  mutating func tasks(_ value: JSONValue, version: Int64) -> [TaskRequest]? {
    guard let elements = array(value) else { return nil }
    guard elements.count == 1 else {
      report("must hold exactly one task, not \(elements.count)")
      return nil
    }
    return within(0) { $0.task(elements[0], version) }.map { [$0] }
  }

  private mutating func task(_ value: JSONValue, _ version: Int64) -> TaskRequest? {
    guard let object = object(value) else { return nil }
    requireMembers(["command", "slot", "count"], of: object)
    var command: [String]?
    var slot: String?
    var count: TaskRequest.Count?
    for member in object.members {
      switch member.name {
      case "command": command = within("command") { $0.command(member.value) }
      case "slot":
        slot = within("slot") { $0.plainText(member.value, maximumBytes: JobspecLimits.maximumLabelBytes) }
      case "count": count = within("count") { $0.taskCount(member.value, version) }
      default: reportUnknown(member.name, allowed: ["command", "slot", "count"])
      }
    }
    guard let command, let slot, let count else { return nil }
    return TaskRequest(command: command, slot: slot, count: count)
  }

  mutating func command(_ value: JSONValue) -> [String]? {
    guard let elements = array(value) else { return nil }
    guard !elements.isEmpty else {
      report("must name a program")
      return nil
    }
    if elements.count > JobspecLimits.maximumArguments {
      report("must have at most \(JobspecLimits.maximumArguments) elements, not \(elements.count)")
    }
    var command: [String] = []
    command.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      if let text = element.string, isArgument(text, at: index) {
        command.append(text)
      } else {
        within(index) { $0.reportArgument(element, at: index) }
      }
    }
    return command.count == elements.count ? command : nil
  }

  private func isArgument(_ text: String, at index: Int) -> Bool {
    !(text.isEmpty && index == 0) && text.utf8.count <= JobspecLimits.maximumArgumentBytes && !text.hasNUL
  }

  private mutating func reportArgument(_ value: JSONValue, at index: Int) {
    guard let text = string(value) else { return }
    if text.isEmpty {
      report("must name a program")
    } else if text.hasNUL {
      report("must not contain NUL")
    } else {
      report("must have at most \(JobspecLimits.maximumArgumentBytes) bytes, not \(text.utf8.count)")
    }
  }

  /// RFC 25: `per_slot` is one, or there is a `total`. RFC 14 allows more a slot, and `per_resource`.
  private mutating func taskCount(_ value: JSONValue, _ version: Int64) -> TaskRequest.Count? {
    guard let object = object(value) else { return nil }
    let isGeneral = version == Jobspec.generalVersion
    let names = isGeneral ? ["per_slot", "total", "per_resource"] : ["per_slot", "total"]
    guard object.count == 1, let member = object.members.first else {
      report("must have exactly one of \(names.map { "\"\($0)\"" }.joined(separator: " and "))")
      return nil
    }
    switch member.name {
    case "per_slot":
      let limit = isGeneral ? JobspecLimits.maximumTasks : 1
      return within("per_slot") { $0.integer(member.value, in: 1...limit) }.map { .perSlot($0) }
    case "total":
      return within("total") { $0.integer(member.value, in: 1...JobspecLimits.maximumTasks) }.map {
        .total($0)
      }
    case "per_resource" where isGeneral: return within("per_resource") { $0.tasksPerResource(member.value) }
    case "per_resource": report(at: "per_resource", "is not part of version 1")
    default: reportUnknown(member.name, allowed: names)
    }
    return nil
  }

  private mutating func tasksPerResource(_ value: JSONValue) -> TaskRequest.Count? {
    guard let object = object(value) else { return nil }
    requireMembers(["type", "count"], of: object)
    var type: String?
    var count: Int64?
    for member in object.members {
      switch member.name {
      case "type":
        type = within("type") { $0.plainText(member.value, maximumBytes: JobspecLimits.maximumTypeBytes) }
      case "count": count = within("count") { $0.integer(member.value, in: 1...JobspecLimits.maximumTasks) }
      default: reportUnknown(member.name, allowed: ["type", "count"])
      }
    }
    guard let type, let count else { return nil }
    return .perResource(type: type, count: count)
  }

  /// The kernel gives arguments and environment one common space.
  mutating func checkSpace(command: [String], environment: [EnvironmentEntry]) {
    let arguments = command.reduce(0) { $0 + $1.utf8.count + 1 }
    let variables = environment.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.utf8.count ?? 0) + 2 }
    let limit = JobspecLimits.maximumArgumentAndEnvironmentBytes
    if arguments + variables > limit {
      report(
        "command and environment together must have at most \(limit) bytes, not \(arguments + variables)")
    }
  }
}
