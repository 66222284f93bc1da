import Vocabulary

/// Readers of `resources`, in the terms of RFC 14.
///
/// What version 1 allows of it is `VersionOneShape`'s, what makes sense of the general form `GeneralShape`'s.
extension Checker {
  private static let members = ["type", "count", "unit", "exclusive", "with", "label", "id"]

  mutating func resources(_ value: JSONValue) -> [ResourceVertex]? { vertices(value, depth: 1) }

  private mutating func vertices(_ value: JSONValue, depth: Int) -> [ResourceVertex]? {
    guard let elements = array(value) else { return nil }
    guard !elements.isEmpty, elements.count <= JobspecLimits.maximumResourceSiblings else {
      report("must hold 1 to \(JobspecLimits.maximumResourceSiblings) resources, not \(elements.count)")
      return nil
    }
    guard depth <= JobspecLimits.maximumResourceDepth else {
      report("must be nested at most \(JobspecLimits.maximumResourceDepth) deep")
      return nil
    }
    var vertices: [ResourceVertex] = []
    vertices.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      if let vertex = within(index, { $0.vertex(element, depth: depth) }) { vertices.append(vertex) }
    }
    return vertices.count == elements.count ? vertices : nil
  }

  private mutating func vertex(_ value: JSONValue, depth: Int) -> ResourceVertex? {
    guard let object = object(value) else { return nil }
    let faultsBefore = faults.count
    requireMembers(["type", "count"], of: object)
    var type: String?
    var count: ResourceCount?
    var unit: String?
    var exclusive: Bool?
    var with: [ResourceVertex]?
    var label: String?
    var id: String?
    for member in object.members {
      let value = member.value
      switch member.name {
      case "type": type = within("type") { $0.identifier(value) }
      case "count": count = within("count") { $0.count(value) }
      case "unit": unit = within("unit") { $0.identifier(value) }
      case "exclusive": exclusive = within("exclusive") { $0.bool(value) }
      case "with": with = within("with") { $0.vertices(value, depth: depth + 1) }
      case "label": label = within("label") { $0.identifier(value) }
      case "id": id = within("id") { $0.identifier(value) }
      default: reportUnknown(member.name, allowed: Self.members)
      }
    }
    guard faults.count == faultsBefore, !isFull, let type, let count else { return nil }
    return ResourceVertex(
      type: type, count: count, unit: unit, exclusive: exclusive, with: with ?? [], label: label, id: id)
  }

  private mutating func identifier(_ value: JSONValue) -> String? {
    plainText(value, maximumBytes: JobspecLimits.maximumLabelBytes)
  }

  private mutating func count(_ value: JSONValue) -> ResourceCount? {
    switch value {
    case .object(let range): return countRange(range)
    case .string(let text): return countText(text)
    default: return integer(value, in: 1...Int64.max).map { .exactly($0) }
    }
  }

  private mutating func countText(_ text: String) -> ResourceCount? {
    guard let count = ResourceCount(parsing: text) else {
      report(
        "must be an integer, a range object, a range such as \"2-8:2\" or \"4+\", or a set such as \"1-4,8\", "
          + "of positive integers")
      return nil
    }
    return count
  }

  private mutating func countRange(_ object: JSONObject) -> ResourceCount? {
    requireMembers(["min"], of: object)
    var minimum: Int64?
    var maximum: Int64?
    var step = ResourceCount.Step.add
    var operand: Int64 = 1
    for member in object.members {
      switch member.name {
      case "min": minimum = within("min") { $0.integer(member.value, in: 1...Int64.max) }
      case "max": maximum = within("max") { $0.integer(member.value, in: 1...Int64.max) }
      case "operator": step = within("operator") { $0.countStep(member.value) } ?? .add
      case "operand": operand = within("operand") { $0.integer(member.value, in: 1...Int64.max) } ?? 1
      default: reportUnknown(member.name, allowed: ["min", "max", "operator", "operand"])
      }
    }
    guard let minimum else { return nil }
    checkRange(object, minimum: minimum, maximum: maximum, step: step, operand: operand)
    return .range(minimum: minimum, maximum: maximum, step: step, operand: operand)
  }

  /// A multiplication or power that does not grow would never reach the maximum.
  private mutating func checkRange(
    _ object: JSONObject, minimum: Int64, maximum: Int64?, step: ResourceCount.Step, operand: Int64
  ) {
    if let maximum, maximum < minimum { report(at: "max", "must be at least \"min\", which is \(minimum)") }
    if object["operator"] == nil, object["operand"] != nil {
      report(at: "operator", "is required beside \"operand\"")
    }
    if object["operator"] != nil, object["operand"] == nil {
      report(at: "operand", "is required beside \"operator\"")
    }
    if step != .add, operand < 2, object["operand"]?.integer == operand {
      report(at: "operand", "must be at least 2 for \"\(step.rawValue)\"")
    }
    if step == .power, minimum < 2 { report(at: "min", "must be at least 2 for \"^\"") }
  }

  private mutating func countStep(_ value: JSONValue) -> ResourceCount.Step? {
    guard let text = string(value) else { return nil }
    guard let step = ResourceCount.Step(rawValue: text) else {
      report("must be \"+\", \"*\" or \"^\"")
      return nil
    }
    return step
  }
}
