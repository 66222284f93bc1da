public import Jobspec
public import Vocabulary

/// The first fact about a job. Stands for the eventlog entries `submit`, `validate`, `depend`, `priority`.
public struct Submission: Sendable {
  public static let width: UInt64 = 4

  public let id: JobID
  public let owner: Principal
  /// Of a jobspec that the log stored before.
  public let spec: Digest
  public let urgency: UInt8
  public let priority: UInt32
  public let flags: SubmissionFlags

  public init(
    id: JobID, owner: Principal, spec: Digest, urgency: UInt8, priority: UInt32, flags: SubmissionFlags
  ) {
    self.id = id
    self.owner = owner
    self.spec = spec
    self.urgency = urgency
    self.priority = priority
    self.flags = flags
  }
}

extension Submission {
  public func pack(into writer: inout PackedWriter) {
    writer.write(id)
    writer.write(spec)
    writer.write(urgency)
    writer.write(priority)
    writer.write(UInt8(truncatingIfNeeded: flags.rawValue))
  }

  public init(unpacking reader: inout PackedReader, owner: Principal) throws(PackedError) {
    self.init(
      id: try reader.readJobID(), owner: owner, spec: try reader.readDigest(), urgency: try reader.readByte(),
      priority: try reader.readUInt32(), flags: SubmissionFlags(rawValue: Int(try reader.readByte())))
  }
}
