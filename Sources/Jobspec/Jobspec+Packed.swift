public import Vocabulary

extension Jobspec {
  /// Writes the document; what follows from it is not stored.
  ///
  /// Version 1 is not written out: it always has resources, so that a list of none tells a general jobspec, whose
  /// version follows. Records from before there were such still read, and digests stay.
  public func pack(into writer: inout PackedWriter) {
    if version != Self.supportedVersion {
      writer.writeList([] as [ResourceVertex]) { $1.pack(into: &$0) }
      writer.write(version)
    }
    writer.writeList(resources) { $1.pack(into: &$0) }
    writer.writeList(tasks) { $1.pack(into: &$0) }
    writer.write(attributes)
  }

  /// Reads what `pack` wrote.
  ///
  /// A stored jobspec was accepted once, so faults in attributes (a limit that is tighter now) do not matter
  /// any more: a restart must not fail on them.
  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    var version = Self.supportedVersion
    var resources = try Self.unpackResources(&reader)
    if resources.isEmpty {
      version = try reader.readInt64()
      guard version == Self.generalVersion else { throw .invalid("jobspec's version", offset: reader.offset) }
      resources = try Self.unpackResources(&reader)
    }
    let tasks = try reader.readList { (reader) throws(PackedError) in try TaskRequest(unpacking: &reader) }
    let attributes = try reader.readJSONObject()
    guard tasks.count == 1 else { throw .invalid("jobspec without its task", offset: reader.offset) }
    var checker = Checker(base: "")
    guard let demand = checker.demand(of: resources, task: tasks[0], version: version) else {
      throw .invalid("jobspec's resources", offset: reader.offset)
    }
    let system = checker.attributes(attributes, requiresDuration: false) ?? SystemAttributes()
    self.init(
      version: version, resources: resources, tasks: tasks, attributes: attributes, system: system, demand: demand)
  }

  private static func unpackResources(_ reader: inout PackedReader) throws(PackedError) -> [ResourceVertex] {
    try reader.readList { (reader) throws(PackedError) in try ResourceVertex(unpacking: &reader, depth: 1) }
  }
}

extension ResourceVertex {
  func pack(into writer: inout PackedWriter) {
    writer.write(type)
    count.pack(into: &writer)
    writer.writeOptional(unit) { $0.write($1) }
    writer.writeOptional(exclusive) { $0.write($1) }
    writer.writeList(with) { $1.pack(into: &$0) }
    writer.writeOptional(label) { $0.write($1) }
    writer.writeOptional(id) { $0.write($1) }
  }

  init(unpacking reader: inout PackedReader, depth: Int) throws(PackedError) {
    guard depth <= JobspecLimits.maximumResourceDepth else {
      throw .invalid("resources nested too deeply", offset: reader.offset)
    }
    type = try reader.readString()
    count = try ResourceCount(unpacking: &reader)
    guard count.isWellFormed else { throw .invalid("count", offset: reader.offset) }
    unit = try reader.readOptional { (reader) throws(PackedError) in try reader.readString() }
    exclusive = try reader.readOptional { (reader) throws(PackedError) in try reader.readBool() }
    with = try reader.readList { (reader) throws(PackedError) in
      try ResourceVertex(unpacking: &reader, depth: depth + 1)
    }
    label = try reader.readOptional { (reader) throws(PackedError) in try reader.readString() }
    id = try reader.readOptional { (reader) throws(PackedError) in try reader.readString() }
  }
}

extension ResourceCount {
  fileprivate func pack(into writer: inout PackedWriter) {
    switch self {
    case .exactly(let count):
      writer.write(UInt8(0))
      writer.write(count)
    case .range(let minimum, let maximum, let step, let operand):
      writer.write(UInt8(1))
      writer.write(minimum)
      writer.writeOptional(maximum) { $0.write($1) }
      writer.write(step.rawValue)
      writer.write(operand)
    case .set(let set):
      writer.write(UInt8(2))
      writer.write(set.description)
    }
  }

  fileprivate init(unpacking reader: inout PackedReader) throws(PackedError) {
    let start = reader.offset
    switch try reader.readByte() {
    case 0: self = .exactly(try reader.readInt64())
    case 1:
      let minimum = try reader.readInt64()
      let maximum = try reader.readOptional { (reader) throws(PackedError) in try reader.readInt64() }
      guard let step = Step(rawValue: try reader.readString()) else {
        throw .invalid("operator", offset: start)
      }
      self = .range(minimum: minimum, maximum: maximum, step: step, operand: try reader.readInt64())
    case 2:
      guard let set = try? Idset(parsing: try reader.readString()) else {
        throw .invalid("set", offset: start)
      }
      self = .set(set)
    default: throw .invalid("kind of count", offset: start)
    }
  }
}

extension TaskRequest {
  fileprivate func pack(into writer: inout PackedWriter) {
    writer.writeList(command) { $0.write($1) }
    writer.write(slot)
    switch count {
    case .perSlot(let number):
      writer.write(UInt8(0))
      writer.write(number)
    case .total(let number):
      writer.write(UInt8(1))
      writer.write(number)
    case .perResource(let type, let number):
      writer.write(UInt8(2))
      writer.write(type)
      writer.write(number)
    }
  }

  fileprivate init(unpacking reader: inout PackedReader) throws(PackedError) {
    command = try reader.readList { (reader) throws(PackedError) in try reader.readString() }
    slot = try reader.readString()
    let start = reader.offset
    guard !command.isEmpty else { throw .invalid("task without a command", offset: start) }
    switch try reader.readByte() {
    case 0: count = .perSlot(try Self.positive(&reader))
    case 1: count = .total(try Self.positive(&reader))
    case 2: count = .perResource(type: try reader.readString(), count: try Self.positive(&reader))
    default: throw .invalid("kind of task count", offset: start)
    }
  }
  /// Small enough that its product with any number of slots fits.
  private static func positive(_ reader: inout PackedReader) throws(PackedError) -> Int64 {
    let number = try reader.readInt64()
    guard (1...JobspecLimits.maximumTasks).contains(number) else {
      throw .invalid("number of tasks", offset: reader.offset)
    }
    return number
  }
}
