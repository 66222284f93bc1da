public import Jobs
import ResourceGraph
public import Scheduling
public import Vocabulary

/// Resources that will be held apart from jobs as soon as their time has come and they are free.
public struct Reservation: Sendable, Equatable {
  /// Of the record that made it, and of the allocation that it becomes.
  public let id: UInt64
  public let owner: Principal
  public let at: Timestamp
  public let note: String
  public let promise: Promise

  public init(id: UInt64, owner: Principal, at: Timestamp, note: String, promise: Promise) {
    self.id = id
    self.owner = owner
    self.at = at
    self.note = note
    self.promise = promise
  }

  /// What is held once it begins.
  func begun(at now: Timestamp) -> HeldAllocation {
    let allocation = Allocation(
      grants: promise.grants, expiration: promise.duration.map { now.advanced(by: $0) })
    return HeldAllocation(id: id, owner: owner, at: now, note: note, allocation: allocation)
  }

  func pack(into writer: inout PackedWriter) {
    writer.write(id)
    owner.pack(into: &writer)
    writer.write(at)
    writer.write(note)
    promise.grants.pack(into: &writer)
    writer.write(promise.start)
    writer.writeOptional(promise.duration) { $0.write($1) }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    id = try reader.readUInt64()
    owner = try Principal(unpacking: &reader)
    at = try reader.readTimestamp()
    note = try reader.readString()
    promise = Promise(
      grants: try [Grant](unpacking: &reader), start: try reader.readTimestamp(),
      duration: try reader.readOptional { (reader) throws(PackedError) in try reader.readTimeSpan() })
  }
}

/// A reservation that was found on a snapshot; the core checks what has come about since.
public struct ReservationRequest: Sendable {
  public let promise: Promise
  public let note: String
  /// Of the problem that it was found in.
  public let origin: UInt64
  public let graphVersion: UInt64
  /// The end of the log that the snapshot stands for.
  public let seq: UInt64

  public init(promise: Promise, note: String, origin: UInt64, graphVersion: UInt64, seq: UInt64) {
    self.promise = promise
    self.note = note
    self.origin = origin
    self.graphVersion = graphVersion
    self.seq = seq
  }
}
