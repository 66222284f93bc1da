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
      exception.pack(into: &writer)
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
    case .evict(let exception):
      writer.write(UInt8(20))
      exception.pack(into: &writer)
    case .resize(let allocation):
      writer.write(UInt8(21))
      allocation.pack(into: &writer)
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
    case 4: self = .exception(try JobException(unpacking: &reader))
    case 5: self = .release
    case 6: self = .clean
    case 7: self = .requeue(reason: try reader.readString(), priority: try reader.readUInt32())
    case 8:
      self = .urgency(try reader.readByte(), priority: try reader.readUInt32(), userID: try reader.readUInt32())
    case 20: self = .evict(try JobException(unpacking: &reader))
    case 21: self = .resize(try Allocation(unpacking: &reader))
    case let kind: throw .invalid("job event kind \(kind)", offset: reader.offset)
    }
  }
}

extension JobException {
  func pack(into writer: inout PackedWriter) {
    writer.write(type)
    writer.write(severity)
    writer.write(note)
    writer.writeOptional(userID) { $0.write($1) }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    self.init(
      type: try reader.readString(), severity: try reader.readByte(), note: try reader.readString(),
      userID: try reader.readOptional { (reader) throws(PackedError) in try reader.readUInt32() })
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
