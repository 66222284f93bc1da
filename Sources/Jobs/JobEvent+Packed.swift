import Jobspec
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
    case .dependencyRemove(let dependency):
      writer.write(UInt8(35))
      dependency.pack(into: &writer)
    case .depend(let priority):
      writer.write(UInt8(36))
      writer.write(priority)
    case .earlyUrgency(let urgency, let userID):
      writer.write(UInt8(37))
      writer.write(urgency)
      writer.write(userID)
    default: packLater(into: &writer)
    }
  }

  /// The kinds that came after the first ones.
  private func packLater(into writer: inout PackedWriter) {
    switch self {
    case .raised(let exception, let state):
      writer.write(UInt8(38))
      exception.pack(into: &writer)
      writer.write(state.rawValue)
    case .memo(let notes, let state):
      writer.write(UInt8(39))
      writer.write(notes)
      writer.write(state.rawValue)
    case .jobspecUpdate(let change, let state):
      writer.write(UInt8(change.queue == nil ? 40 : 49))
      writer.writeOptional(change.duration) { $0.write($1) }
      if let queue = change.queue { writer.write(queue) }
      writer.write(state.rawValue)
    case .resourceUpdate(let duration, let expiration):
      writer.write(UInt8(41))
      writer.write(duration)
      writer.writeOptional(expiration) { $0.write($1) }
    case .requeueLater(let reason, let until):
      writer.write(UInt8(42))
      writer.write(reason)
      writer.write(until)
    case .prologStart(let program):
      writer.write(UInt8(43))
      program.pack(into: &writer)
    case .prologFinish(let status, let state):
      writer.write(UInt8(44))
      writer.write(status)
      writer.write(state.rawValue)
    case .epilogStart(let program, let continuation):
      writer.write(UInt8(45))
      program.pack(into: &writer)
      continuation.pack(into: &writer)
    case .epilogFinish(let status):
      writer.write(UInt8(46))
      writer.write(status)
    case .stepsStart(let continuation):
      writer.write(UInt8(47))
      continuation.pack(into: &writer)
    case .stepsFinish: writer.write(UInt8(48))
    default: preconditionFailure("packed with the first kinds")
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
    case 35: self = .dependencyRemove(try Dependency(unpacking: &reader))
    case 36: self = .depend(priority: try reader.readUInt32())
    case 37: self = .earlyUrgency(try reader.readByte(), userID: try reader.readUInt32())
    case let kind: self = try Self.unpackedLater(kind, &reader)
    }
  }

  private static func unpackedLater(_ kind: UInt8, _ reader: inout PackedReader) throws(PackedError) -> JobEvent {
    switch kind {
    case 38: return .raised(try JobException(unpacking: &reader), in: try state(&reader))
    case 39: return .memo(try reader.readJSONObject(), in: try state(&reader))
    case 40, 49:
      var change = JobChange(
        duration: try reader.readOptional { (reader) throws(PackedError) in try reader.readTimeSpan() })
      if kind == 49 { change.queue = try reader.readString() }
      return .jobspecUpdate(change, in: try state(&reader))
    case 41:
      return .resourceUpdate(
        duration: try reader.readTimeSpan(),
        expiration: try reader.readOptional { (reader) throws(PackedError) in try reader.readTimestamp() })
    case 42: return .requeueLater(reason: try reader.readString(), until: try reader.readTimestamp())
    case 43: return .prologStart(try SiteProgram(unpacking: &reader))
    case 44: return .prologFinish(waitStatus: try reader.readInt32(), in: try state(&reader))
    case 45: return .epilogStart(try SiteProgram(unpacking: &reader), then: try Continuation(unpacking: &reader))
    case 46: return .epilogFinish(waitStatus: try reader.readInt32())
    case 47: return .stepsStart(then: try Continuation(unpacking: &reader))
    case 48: return .stepsFinish
    default: throw .invalid("job event kind \(kind)", offset: reader.offset)
    }
  }

  private static func state(_ reader: inout PackedReader) throws(PackedError) -> JobState {
    guard let state = JobState(rawValue: try reader.readByte()) else {
      throw .invalid("state of a job", offset: reader.offset)
    }
    return state
  }
}

extension JobEvent.Continuation {
  fileprivate func pack(into writer: inout PackedWriter) {
    guard case .again(let reason, let pause) = self else { return writer.write(false) }
    writer.write(true)
    writer.write(reason)
    writer.write(pause)
  }

  fileprivate init(unpacking reader: inout PackedReader) throws(PackedError) {
    guard try reader.readBool() else {
      self = .end
      return
    }
    self = .again(reason: try reader.readString(), after: try reader.readTimeSpan())
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
