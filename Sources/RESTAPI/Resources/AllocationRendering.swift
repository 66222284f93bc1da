import BrokerCore
import Jobs
import ResourceGraph
import Scheduling
import Vocabulary

/// What is held apart from jobs, as the API shows it.
enum AllocationRendering {
  static func writeMembers(_ held: HeldAllocation, _ graph: ResourceGraph?, to writer: inout JSONWriter) {
    write(held.id, held.owner, "held", made: held.at, held.allocation, from: held.at, held.note, graph, to: &writer)
  }

  static func writeMembers(_ reservation: Reservation, _ graph: ResourceGraph?, to writer: inout JSONWriter) {
    let promise = reservation.promise
    let allocation = Allocation(
      grants: promise.grants, expiration: promise.duration.map { promise.start.advanced(by: $0) })
    write(
      reservation.id, reservation.owner, "reserved", made: reservation.at, allocation, from: promise.start,
      reservation.note, graph, to: &writer)
  }

  /// Held since its program was ordered, until that must have ended.
  static func writeMembers(_ held: Housekeeping, _ graph: ResourceGraph?, to writer: inout JSONWriter) {
    let timeout = held.program.timeout
    let start = held.allocation.expiration?.advanced(by: TimeSpan(microseconds: -timeout.microseconds))
    write(
      held.id, held.owner, "housekeeping", made: start ?? Timestamp(microseconds: 0), held.allocation,
      from: start ?? Timestamp(microseconds: 0), "after \(held.attempt.job.f58)", graph, to: &writer)
  }

  private static func write(
    _ id: UInt64, _ owner: Principal, _ state: StaticString, made: Timestamp, _ allocation: Allocation,
    from start: Timestamp, _ note: String, _ graph: ResourceGraph?, to writer: inout JSONWriter
  ) {
    writer.field("id", String(id))
    writer.field("user", owner.name)
    writer.field("state", static: state)
    writer.field("timestamp", made)
    writer.field("start", start)
    if let expiration = allocation.expiration {
      writer.field("expiration", expiration)
    } else {
      writer.nullField("expiration")
    }
    writer.field("note", note)
    guard let graph else { return }
    writer.field("R", raw: resourceSet(allocation, startedAt: start, graph))
  }

  /// R, version 1.
  static func resourceSet(_ allocation: Allocation, startedAt: Timestamp, _ graph: ResourceGraph) -> [UInt8] {
    var bytes: [UInt8] = []
    JobRendering.resources(of: allocation, startedAt: startedAt, graph).appendJSON(to: &bytes)
    return bytes
  }
}
