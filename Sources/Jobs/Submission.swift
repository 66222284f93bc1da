public import Jobspec
public import Vocabulary

/// The first fact about a job. Stands for the eventlog entries `submit`, `validate`, and then `depend`, `priority`,
/// or a `dependency-add` for each of `awaits`.
public struct Submission: Sendable {

  public let id: JobID
  public let owner: Principal
  /// Of a jobspec that the log stored before.
  public let spec: Digest
  public let urgency: UInt8
  public let priority: UInt32
  public let flags: SubmissionFlags
  /// What must hold before the job may be planned, and did not when it was submitted.
  public let awaits: [Dependency]

  /// Places that it takes in the log's numbering.
  public var width: UInt64 { awaits.isEmpty ? 4 : 2 + UInt64(awaits.count) }

  public init(
    id: JobID, owner: Principal, spec: Digest, urgency: UInt8, priority: UInt32, flags: SubmissionFlags,
    awaits: [Dependency] = []
  ) {
    self.awaits = awaits
    self.id = id
    self.owner = owner
    self.spec = spec
    self.urgency = urgency
    self.priority = priority
    self.flags = flags
  }
}

extension Submission {
  /// Beside the flags: a list of what is awaited follows. None of Flux's flags reaches so far.
  private static let awaitsMark: UInt8 = 0x80

  public func pack(into writer: inout PackedWriter) {
    writer.write(id)
    writer.write(spec)
    writer.write(urgency)
    writer.write(priority)
    let flags = UInt8(truncatingIfNeeded: flags.rawValue)
    guard !awaits.isEmpty else { return writer.write(flags) }
    writer.write(flags | Self.awaitsMark)
    writer.writeList(awaits) { $1.pack(into: &$0) }
  }

  public init(unpacking reader: inout PackedReader, owner: Principal) throws(PackedError) {
    let id = try reader.readJobID()
    let spec = try reader.readDigest()
    let urgency = try reader.readByte()
    let priority = try reader.readUInt32()
    let flags = try reader.readByte()
    var awaits: [Dependency] = []
    if flags & Self.awaitsMark != 0 {
      awaits = try reader.readList { (reader) throws(PackedError) in try Dependency(unpacking: &reader) }
    }
    self.init(
      id: id, owner: owner, spec: spec, urgency: urgency, priority: priority,
      flags: SubmissionFlags(rawValue: Int(flags & ~Self.awaitsMark)), awaits: awaits)
  }
}
