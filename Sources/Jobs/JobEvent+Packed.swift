import ResourceGraph
public import Vocabulary

extension JobEvent {
  public func pack(into writer: inout PackedWriter) {
    switch self {
    case .alloc(let allocation):
      writer.write(UInt8(1))
      allocation.pack(into: &writer)
    case .start: writer.write(UInt8(2))
    case .finish(let outcome):
      writer.write(UInt8(3))
      writer.write(outcome.waitStatus)
      writer.write(outcome.cpuTime)
      writer.write(outcome.peakMemoryKiB)
    case .exception(let exception):
      writer.write(UInt8(4))
      writer.write(exception.type)
      writer.write(exception.severity)
      writer.write(exception.note)
      writer.writeOptional(exception.userID) { $0.write($1) }
    case .release: writer.write(UInt8(5))
    case .clean: writer.write(UInt8(6))
    case .requeue(let reason, let priority):
      writer.write(UInt8(7))
      writer.write(reason)
      writer.write(priority)
    case .urgency(let urgency, let priority, let userID):
      writer.write(UInt8(8))
      writer.write(urgency)
      writer.write(priority)
      writer.write(userID)
    }
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    switch try reader.readByte() {
    case 1: self = .alloc(try Allocation(unpacking: &reader))
    case 2: self = .start
    case 3:
      self = .finish(
        AttemptOutcome(
          waitStatus: try reader.readInt32(), cpuTime: try reader.readTimeSpan(),
          peakMemoryKiB: try reader.readInt64()))
    case 4:
      self = .exception(
        JobException(
          type: try reader.readString(), severity: try reader.readByte(), note: try reader.readString(),
          userID: try reader.readOptional { (reader) throws(PackedError) in try reader.readUInt32() }))
    case 5: self = .release
    case 6: self = .clean
    case 7: self = .requeue(reason: try reader.readString(), priority: try reader.readUInt32())
    case 8:
      self = .urgency(try reader.readByte(), priority: try reader.readUInt32(), userID: try reader.readUInt32())
    case let kind: throw .invalid("job event kind \(kind)", offset: reader.offset)
    }
  }
}

extension JobHappening {
  public func pack(into writer: inout PackedWriter) {
    writer.write(seq)
    writer.write(at)
    event.pack(into: &writer)
  }

  public init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(
      seq: try reader.readUInt64(), at: try reader.readTimestamp(), event: try JobEvent(unpacking: &reader))
  }
}
