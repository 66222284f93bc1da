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
  /// The running job of the same owner whose resources it is to run on; `nil`: it is no step, but has its own.
  public let within: JobID?
  /// Which of the copies of one submission it is; `nil`: it has none.
  public let copy: Int?

  /// Places that it takes in the log's numbering.
  public var width: UInt64 { awaits.isEmpty ? 4 : 2 + UInt64(awaits.count) }

  public init(
    id: JobID, owner: Principal, spec: Digest, urgency: UInt8, priority: UInt32, flags: SubmissionFlags,
    awaits: [Dependency] = [], within: JobID? = nil, copy: Int? = nil
  ) {
    self.awaits = awaits
    self.within = within
    self.copy = copy
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
  /// The same of the job that it is a step of, after that.
  private static let withinMark: UInt8 = 0x40
  /// The same of the number of the copy, after that.
  private static let copyMark: UInt8 = 0x20

  public func pack(into writer: inout PackedWriter) {
    writer.write(id)
    writer.write(spec)
    writer.write(urgency)
    writer.write(priority)
    writer.write(
      UInt8(truncatingIfNeeded: flags.rawValue) | (awaits.isEmpty ? 0 : Self.awaitsMark)
        | (within == nil ? 0 : Self.withinMark) | (copy == nil ? 0 : Self.copyMark))
    if !awaits.isEmpty { writer.writeList(awaits) { $1.pack(into: &$0) } }
    if let within { writer.write(within) }
    if let copy { writer.write(copy) }
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
    let within = flags & Self.withinMark == 0 ? nil : try reader.readJobID()
    let copy = flags & Self.copyMark == 0 ? nil : try reader.readInt()
    let marks = Self.awaitsMark | Self.withinMark | Self.copyMark
    self.init(
      id: id, owner: owner, spec: spec, urgency: urgency, priority: priority,
      flags: SubmissionFlags(rawValue: Int(flags & ~marks)), awaits: awaits, within: within, copy: copy)
  }
}
