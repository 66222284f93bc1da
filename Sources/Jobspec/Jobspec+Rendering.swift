public import Vocabulary

extension Jobspec {
  /// The canonical document: attributes word for word, all else in one fixed order.
  ///
  /// Equal jobspecs render alike, so a digest of the text identifies one.
  public func rendered() -> JSONValue {
    .object([
      "resources": .array(resources.map { $0.rendered() }),
      "tasks": .array(tasks.map { $0.rendered() }),
      "attributes": .object(attributes),
      "version": .integer(version),
    ])
  }
}

extension ResourceVertex {
  func rendered() -> JSONValue {
    var object = JSONObject(uniqueMembers: [
      .init(name: "type", value: .string(type)), .init(name: "count", value: count.rendered()),
    ])
    object["unit"] = unit.map { .string($0) }
    object["exclusive"] = exclusive.map { .bool($0) }
    if !with.isEmpty { object["with"] = .array(with.map { $0.rendered() }) }
    object["label"] = label.map { .string($0) }
    object["id"] = id.map { .string($0) }
    return .object(object)
  }
}

extension ResourceCount {
  func rendered() -> JSONValue {
    switch self {
    case .exactly(let count): return .integer(count)
    case .set(let set): return .string(set.description)
    case .range(let minimum, let maximum, let step, let operand):
      var object: JSONObject = ["min": .integer(minimum)]
      object["max"] = maximum.map { .integer($0) }
      object["operator"] = .string(step.rawValue)
      object["operand"] = .integer(operand)
      return .object(object)
    }
  }
}

extension TaskRequest {
  func rendered() -> JSONValue {
    let count: JSONObject
    switch self.count {
    case .perSlot(let number): count = ["per_slot": .integer(number)]
    case .total(let number): count = ["total": .integer(number)]
    case .perResource(let type, let number):
      count = ["per_resource": .object(["type": .string(type), "count": .integer(number)])]
    }
    return .object([
      "command": .array(command.map { .string($0) }), "slot": .string(slot), "count": .object(count),
    ])
  }
}
