public import Vocabulary

extension Jobspec {
  private static let members = ["version", "resources", "tasks", "attributes"]

  /// Reads and checks a complete jobspec.
  ///
  /// - Parameter pointer: where the jobspec stands in the caller's document, as a JSON Pointer.
  /// - Throws: everything that is wrong with it.
  public static func parse(_ json: JSONValue, at pointer: String = "") throws(InvalidDocument) -> Jobspec {
    var checker = Checker(base: pointer)
    let jobspec = read(json, &checker)
    return try checker.finish(jobspec)
  }

  static func read(_ json: JSONValue, _ checker: inout Checker) -> Jobspec? {
    guard let object = checker.object(json) else { return nil }
    checker.requireMembers(members, of: object)
    let version = object["version"] == .integer(generalVersion) ? generalVersion : supportedVersion
    var resources: [ResourceVertex]?
    var tasks: [TaskRequest]?
    var attributes: JSONObject?
    var system: SystemAttributes?
    for member in object.members {
      checker.within(member.name) { checker in
        switch member.name {
        case "version": checker.checkVersion(member.value)
        case "resources": resources = checker.resources(member.value)
        case "tasks": tasks = checker.tasks(member.value, version: version)
        case "attributes":
          attributes = checker.object(member.value)
          system = attributes.flatMap { checker.attributes($0, requiresDuration: version == supportedVersion) }
          if let system { checker.within("system") { $0.checkSingleton(system) } }
        default: break
        }
      }
      if !members.contains(member.name) { checker.reportUnknown(member.name, allowed: members) }
    }
    let demand = resources.flatMap { checker.demand(of: $0, task: tasks?.first, version: version) }
    guard let resources, let tasks, let attributes, let system, let demand else { return nil }
    checker.within("attributes") { $0.checkTaskmap(system.taskDistribution, for: demand) }
    checker.checkSpace(command: tasks[0].command, environment: system.environment)
    return Jobspec(
      version: version, resources: resources, tasks: tasks, attributes: attributes, system: system, demand: demand)
  }
}

extension Checker {
  fileprivate mutating func checkVersion(_ value: JSONValue) {
    if value != .integer(Jobspec.supportedVersion), value != .integer(Jobspec.generalVersion) {
      report("must be the integer \(Jobspec.supportedVersion), or \(Jobspec.generalVersion) for the general form")
    }
  }

  /// What resources and task ask for, by the rules of the version; `nil` after a report.
  mutating func demand(of resources: [ResourceVertex], task: TaskRequest?, version: Int64) -> Demand? {
    version == Jobspec.generalVersion
      ? GeneralShape.demand(of: resources, task: task, &self)
      : VersionOneShape.demand(of: resources, task: task, &self)
  }

  /// RFC 25: `system` and perhaps `user`, nothing else.
  mutating func attributes(_ object: JSONObject, requiresDuration: Bool) -> SystemAttributes? {
    if JSONValue.object(object).isDeeper(than: JobspecLimits.maximumAttributeDepth) {
      report("must be nested at most \(JobspecLimits.maximumAttributeDepth) levels deep")
      return nil
    }
    var system: SystemAttributes?
    for member in object.members {
      switch member.name {
      case "system":
        within("system") { checker in
          guard let object = checker.object(member.value) else { return }
          if requiresDuration { checker.requireMembers(["duration"], of: object) }
          system = SystemAttributes.read(object, &checker)
        }
      case "user": _ = within("user") { $0.object(member.value) }
      default: reportUnknown(member.name, allowed: ["system", "user"])
      }
    }
    guard object["system"] == nil else { return system }
    if requiresDuration { within("system") { $0.report(at: "duration", "is required") } }
    return SystemAttributes()
  }
}

extension JSONValue {
  /// Looks no deeper than it is asked.
  fileprivate func isDeeper(than levels: Int) -> Bool {
    switch self {
    case .array(let elements):
      levels == 0 || elements.contains { $0.isDeeper(than: levels - 1) }
    case .object(let object):
      levels == 0 || object.members.contains { $0.value.isDeeper(than: levels - 1) }
    default: false
    }
  }
}
