public import Jobs
public import ResourceGraph
public import Scheduling
public import Vocabulary

/// Resources that are held for something that is no job of this instance: a burst controller, a pod, an operator.
public struct HeldAllocation: Sendable, Equatable {
  /// Of the record that made it.
  public let id: UInt64
  public let owner: Principal
  public let at: Timestamp
  public let note: String
  public let allocation: Allocation

  func pack(into writer: inout PackedWriter) {
    writer.write(id)
    owner.pack(into: &writer)
    writer.write(at)
    writer.write(note)
    allocation.pack(into: &writer)
  }

  init(id: UInt64, owner: Principal, at: Timestamp, note: String, allocation: Allocation) {
    self.id = id
    self.owner = owner
    self.at = at
    self.note = note
    self.allocation = allocation
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    id = try reader.readUInt64()
    owner = try Principal(unpacking: &reader)
    at = try reader.readTimestamp()
    note = try reader.readString()
    allocation = try Allocation(unpacking: &reader)
  }
}

/// What is asked of the graph apart from any job.
public struct AllocationRequest: Sendable {
  /// What, and for how long; without a duration, until it is released.
  public let question: Scheduler.Question
  public let note: String

  public init(_ question: Scheduler.Question, note: String) {
    self.question = question
    self.note = note
  }
}
