import Jobs
import Jobspec
import KeyValues
import ResourceGraph
import Scheduling
import Vocabulary

extension RecordBody {
  /// Numbers are never reused and a packed form never changes: a new form is a new number.
  var kind: UInt8 {
    switch self {
    case .brokerStarted: 1
    case .resourcesDefined: 2
    case .jobspecStored: 3
    case .jobSubmitted(let submission):
      submission.within != nil || submission.copy != nil ? 44 : submission.awaits.isEmpty ? 4 : 35
    case .jobHappened: 5
    case .jobSignalled: 36
    case .resultCollected: 37
    case .tokenIssued: 6
    case .tokenRevoked: 7
    case .answerKept(let answer): answer.holdsResult ? 45 : 8
    case .answersForgotten: 9
    case .operationBegun: 10
    case .operationAdvanced: 11
    case .operationEnded: 12
    case .shepherdJoined: 13
    case .namespaceCreated: 14
    case .namespaceChanged: 15
    case .namespaceRemoved: 16
    case .keysChanged: 17
    case .fenceJoined: 18
    case .fenceEnded: 19
    case .keysCompacted: 23
    case .fencesForgotten: 24
    case .topicDeclared: 20
    case .topicRemoved: 21
    case .messagePublished: 22
    case .graphChanged: 25
    case .removalsAwaited: 26
    case .allocated: 27
    case .reserved: 38
    case .deallocated: 28
    case .queueDefined: 39
    case .queueRemoved: 30
    case .maintenanceDefined: 31
    case .maintenanceRemoved: 32
    case .preemptionSet: 33
    case .resourcesDescribed: 34
    case .jobsPurged: 43
    case .programsDefined: 40
    case .housekeepingBegun: 41
    case .housekeepingEnded: 42
    }
  }

  func pack(into writer: inout PackedWriter, _ previous: inout BatchDifferences) {
    switch self {
    case .brokerStarted(let incarnation, let version):
      writer.writeFixed(incarnation)
      writer.write(version)
    case .resourcesDefined(let inventory): inventory.pack(into: &writer)
    case .jobspecStored(let spec): spec.pack(into: &writer)
    case .jobSubmitted(let submission): submission.pack(into: &writer)
    case .jobHappened(let id, let event):
      writer.write(Int64(bitPattern: id.rawValue &- previous.job))
      previous.job = id.rawValue
      event.pack(into: &writer)
    case .jobSignalled(let attempt, let signal):
      attempt.pack(into: &writer)
      writer.write(signal)
    case .resultCollected(let id): writer.write(id)
    case .tokenIssued(let token): token.pack(into: &writer)
    case .tokenRevoked(let id, let digest):
      writer.write(id)
      writer.write(digest)
    case .answerKept(let answer): answer.pack(into: &writer)
    case .answersForgotten(let limit): writer.write(limit)
    case .operationBegun(let operation): operation.pack(into: &writer)
    case .operationAdvanced(let id, let cursor, let changed):
      writer.write(id)
      writer.write(cursor)
      writer.write(changed)
    case .operationEnded(let id): writer.write(id)
    case .shepherdJoined(let incarnation, let known):
      writer.writeFixed(incarnation)
      writer.writeList(known) { $1.pack(into: &$0) }
    case .namespaceCreated(let creation): creation.pack(into: &writer)
    case .namespaceChanged(let id, let description, let quota):
      id.pack(into: &writer)
      writer.write(description)
      quota.pack(into: &writer)
    case .namespaceRemoved(let id): id.pack(into: &writer)
    case .keysChanged(let id, let changes):
      id.pack(into: &writer)
      writer.writeList(changes) { $1.pack(into: &$0) }
    case .keysCompacted(let id, let revision):
      id.pack(into: &writer)
      writer.write(revision)
    case .fenceJoined(let arrival): arrival.pack(into: &writer)
    case .fenceEnded(let id, let outcome):
      id.pack(into: &writer)
      outcome.pack(into: &writer)
    case .fencesForgotten(let limit): writer.write(limit)
    case .topicDeclared(let topic), .topicRemoved(let topic): writer.write(topic)
    case .messagePublished(let topic, let mediaType, let payload):
      writer.write(topic)
      writer.write(mediaType)
      writer.write(payload)
    default: packResources(into: &writer)
    }
  }

  private func packResources(into writer: inout PackedWriter) {
    switch self {
    case .graphChanged(let changes): writer.writeList(changes) { $1.pack(into: &$0) }
    case .removalsAwaited(let vertices): writer.writeList(vertices) { $1.pack(into: &$0) }
    case .allocated(let held): held.pack(into: &writer)
    case .reserved(let reservation): reservation.pack(into: &writer)
    case .deallocated(let id): writer.write(id)
    case .queueDefined(let rules): rules.pack(into: &writer)
    case .maintenanceDefined(let window): window.pack(into: &writer)
    case .queueRemoved(let name), .maintenanceRemoved(let name): writer.write(name)
    case .preemptionSet(let policy): writer.write(policy.rawValue)
    case .resourcesDescribed(let document): document.pack(into: &writer)
    case .jobsPurged(let ids): writer.writeList(ids) { $0.write($1) }
    case .programsDefined(let programs): programs.pack(into: &writer)
    case .housekeepingBegun(let held): held.pack(into: &writer)
    case .housekeepingEnded(let attempt, let status):
      attempt.pack(into: &writer)
      writer.write(status)
    default: preconditionFailure("a record about something else")
    }
  }

  init(
    kind: UInt8, seq: UInt64, owner: Principal, unpacking reader: inout PackedReader,
    _ previous: inout BatchDifferences
  ) throws(PackedError) {
    switch kind {
    case 1: self = .brokerStarted(incarnation: try reader.readFixed(), version: try reader.readString())
    case 2: self = .resourcesDefined(try ResourceInventory(unpacking: &reader))
    case 3: self = .jobspecStored(try StoredJobspec(unpacking: &reader))
    case 4, 35, 44: self = .jobSubmitted(try Submission(unpacking: &reader, owner: owner))
    case 5:
      previous.job = previous.job &+ UInt64(bitPattern: try reader.readInt64())
      self = .jobHappened(JobID(previous.job), try JobEvent(unpacking: &reader))
    case 36: self = .jobSignalled(try AttemptID(unpacking: &reader), signal: try reader.readInt32())
    case 37: self = .resultCollected(try reader.readJobID())
    case 6: self = .tokenIssued(try Token(unpacking: &reader))
    case 7: self = .tokenRevoked(id: try reader.readString(), digest: try reader.readDigest())
    case 8, 45: self = .answerKept(try KeptAnswer(unpacking: &reader, holdsResult: kind == 45))
    case 9: self = .answersForgotten(before: try reader.readTimestamp())
    case 10: self = .operationBegun(try Operation(unpacking: &reader))
    case 11:
      self = .operationAdvanced(
        id: try reader.readUInt64(), cursor: try reader.readJobID(), changed: try reader.readUInt64())
    case 12: self = .operationEnded(id: try reader.readUInt64())
    case 13:
      self = .shepherdJoined(
        incarnation: try reader.readFixed(),
        known: try reader.readList { (reader) throws(PackedError) in try AttemptID(unpacking: &reader) })
    case 20: self = .topicDeclared(topic: try reader.readString())
    case 21: self = .topicRemoved(topic: try reader.readString())
    case 22:
      self = .messagePublished(
        topic: try reader.readString(), mediaType: try reader.readString(), payload: try reader.readBytes())
    case 25...34, 38...43: self = try Self.unpackedResources(kind: kind, seq: seq, &reader)
    default: self = try Self.unpackedKeyValues(kind: kind, seq: seq, &reader)
    }
  }

  private static func unpackedResources(
    kind: UInt8, seq: UInt64, _ reader: inout PackedReader
  ) throws(PackedError) -> RecordBody {
    switch kind {
    case 25:
      return .graphChanged(
        try reader.readList { (reader) throws(PackedError) in try GraphChange(unpacking: &reader) })
    case 26:
      return .removalsAwaited(
        try reader.readList { (reader) throws(PackedError) in try VertexID(unpacking: &reader) })
    case 27: return .allocated(try HeldAllocation(unpacking: &reader))
    case 28: return .deallocated(try reader.readUInt64())
    case 29: return .queueDefined(try QueueRules(unpacking: &reader, hasMatchPolicy: false))
    case 39: return .queueDefined(try QueueRules(unpacking: &reader, hasMatchPolicy: true))
    case 30: return .queueRemoved(try reader.readString())
    case 31: return .maintenanceDefined(try MaintenanceWindow(unpacking: &reader))
    case 32: return .maintenanceRemoved(try reader.readString())
    case 38: return .reserved(try Reservation(unpacking: &reader))
    case 43:
      return .jobsPurged(try reader.readList { (reader) throws(PackedError) in try reader.readJobID() })
    case 40: return .programsDefined(try SitePrograms(unpacking: &reader))
    case 41: return .housekeepingBegun(try Housekeeping(unpacking: &reader))
    case 42: return .housekeepingEnded(try AttemptID(unpacking: &reader), waitStatus: try reader.readInt32())
    case 34: return .resourcesDescribed(try GraphDocument(unpacking: &reader))
    default:
      guard let policy = PreemptionPolicy(rawValue: try reader.readByte()) else {
        throw .invalid("preemption policy", offset: reader.offset)
      }
      return .preemptionSet(policy)
    }
  }

  private static func unpackedKeyValues(
    kind: UInt8, seq: UInt64, _ reader: inout PackedReader
  ) throws(PackedError) -> RecordBody {
    switch kind {
    case 14: return .namespaceCreated(try NamespaceCreation(unpacking: &reader))
    case 15:
      return .namespaceChanged(
        try NamespaceID(unpacking: &reader), description: try reader.readString(),
        quota: try NamespaceQuota(unpacking: &reader))
    case 16: return .namespaceRemoved(try NamespaceID(unpacking: &reader))
    case 17:
      return .keysChanged(
        try NamespaceID(unpacking: &reader),
        try reader.readList { (reader) throws(PackedError) in try Change(unpacking: &reader) })
    case 18: return .fenceJoined(try FenceArrival(unpacking: &reader))
    case 19: return .fenceEnded(try FenceID(unpacking: &reader), try FenceOutcome(unpacking: &reader))
    case 23: return .keysCompacted(try NamespaceID(unpacking: &reader), before: try reader.readUInt64())
    case 24: return .fencesForgotten(before: try reader.readTimestamp())
    default: throw .invalid("record \(seq) is of unknown kind \(kind); a newer Sluice wrote it", offset: reader.offset)
    }
  }
}
