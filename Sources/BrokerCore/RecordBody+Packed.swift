import Jobs
import Jobspec
import ResourceGraph
import Vocabulary

extension RecordBody {
  /// Numbers are never reused and a packed form never changes: a new form is a new number.
  var kind: UInt8 {
    switch self {
    case .brokerStarted: 1
    case .resourcesDefined: 2
    case .jobspecStored: 3
    case .jobSubmitted: 4
    case .jobHappened: 5
    case .tokenIssued: 6
    case .tokenRevoked: 7
    case .answerKept: 8
    case .answersForgotten: 9
    case .operationBegun: 10
    case .operationAdvanced: 11
    case .operationEnded: 12
    case .shepherdJoined: 13
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
    case 4: self = .jobSubmitted(try Submission(unpacking: &reader, owner: owner))
    case 5:
      previous.job = previous.job &+ UInt64(bitPattern: try reader.readInt64())
      self = .jobHappened(JobID(previous.job), try JobEvent(unpacking: &reader))
    case 6: self = .tokenIssued(try Token(unpacking: &reader))
    case 7: self = .tokenRevoked(id: try reader.readString(), digest: try reader.readDigest())
    case 8: self = .answerKept(try KeptAnswer(unpacking: &reader))
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
    default: throw .invalid("record \(seq) is of unknown kind \(kind); a newer Sluice wrote it", offset: reader.offset)
    }
  }
}
