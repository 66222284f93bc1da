public import Jobs
public import ResourceGraph
import Vocabulary

/// What a job has given back and nobody gets until a program has looked after it.
public struct Housekeeping: Sendable, Equatable {
  /// Of the record that began it.
  public let id: UInt64
  public let attempt: AttemptID
  /// Of the job.
  public let owner: Principal
  public let program: SiteProgram
  /// Until its program must have ended.
  public let allocation: Allocation

  public init(id: UInt64, attempt: AttemptID, owner: Principal, program: SiteProgram, allocation: Allocation) {
    self.id = id
    self.attempt = attempt
    self.owner = owner
    self.program = program
    self.allocation = allocation
  }

  func pack(into writer: inout PackedWriter) {
    writer.write(id)
    attempt.pack(into: &writer)
    owner.pack(into: &writer)
    program.pack(into: &writer)
    allocation.pack(into: &writer)
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    id = try reader.readUInt64()
    attempt = try AttemptID(unpacking: &reader)
    owner = try Principal(unpacking: &reader)
    program = try SiteProgram(unpacking: &reader)
    allocation = try Allocation(unpacking: &reader)
  }
}
