import Vocabulary

/// The reader of `shell.options.taskmap`.
extension Checker {
  /// `{"scheme": "cyclic", "value": "2"}`, as Flux's command line writes it; a map may also be JSON itself.
  mutating func taskDistribution(_ value: JSONValue) -> TaskDistribution? {
    guard let object = object(value) else { return nil }
    requireMembers(["scheme"], of: object)
    for member in object.members where !["scheme", "value"].contains(member.name) {
      reportUnknown(member.name, allowed: ["scheme", "value"])
    }
    guard let scheme = object["scheme"].flatMap({ value in within("scheme") { $0.string(value) } }) else { return nil }
    let value = object["value"].flatMap { $0 == .string("") || $0.isNull ? nil : $0 }
    switch scheme {
    case "block":
      if value != nil { report(at: "value", "does not go with the scheme \"block\"") }
      return .block
    case "cyclic": return value.map { value in within("value") { $0.stride(value) } } ?? .cyclic(stride: 1)
    case "manual":
      guard let value else {
        report(at: "value", "is required by the scheme \"manual\": a map of RFC 34, such as \"[[0,2,4,1]]\"")
        return nil
      }
      return within("value") { $0.map(value) }
    default:
      report(at: "scheme", "must be \"block\", \"cyclic\" or \"manual\"")
      return nil
    }
  }

  private mutating func stride(_ value: JSONValue) -> TaskDistribution? {
    let number = value.integer ?? value.string.flatMap { Int64($0) }
    if let number, (1...JobspecLimits.maximumTasks).contains(number) { return .cyclic(stride: Int(number)) }
    report("must be how many successive tasks a node takes at a time, from 1 to \(JobspecLimits.maximumTasks)")
    return nil
  }

  private mutating func map(_ value: JSONValue) -> TaskDistribution? {
    do throws(Taskmap.ParsingError) {
      guard let text = value.string else { return .manual(try Taskmap(value)) }
      return .manual(try Taskmap(parsing: text))
    } catch {
      switch error {
      case .malformed: report("must be a map of RFC 34: blocks of first node, nodes, tasks on each, repetitions")
      case .tooLarge: report("has more tasks than can be counted")
      }
      return nil
    }
  }

  /// Whether a map that was given is one of this job's tasks on its nodes; stands at the job's attributes.
  mutating func checkTaskmap(_ distribution: TaskDistribution?, for demand: Demand) {
    guard case .manual(let map) = distribution else { return }
    let fault: String
    if map.taskCount != demand.taskCount {
      fault = "is a map of \(map.taskCount) tasks, but the job has \(demand.taskCount)"
    } else if let nodes = demand.nodes {
      if map.covers(nodes) { return }
      fault = "must have a task on each of the job's nodes, \(Idset(0..<nodes)), and on no other"
    } else {
      fault = "needs a job that asks for a number of nodes: how many there will be is not known else"
    }
    let path = ["system", "shell", "options", "taskmap"]
    within(path[...]) { $0.report(at: "value", fault) }
  }

  private mutating func within(_ path: ArraySlice<String>, _ body: (inout Checker) -> Void) {
    guard let first = path.first else { return body(&self) }
    within(first) { $0.within(path.dropFirst(), body) }
  }
}
