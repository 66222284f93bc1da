import BrokerCore
import Jobs
import ResourceGraph
import Vocabulary

/// What is held apart from jobs, as the API shows it.
enum AllocationRendering {
  static func writeMembers(_ held: HeldAllocation, _ graph: ResourceGraph?, to writer: inout JSONWriter) {
    writer.field("id", String(held.id))
    writer.field("user", held.owner.name)
    writer.field("timestamp", held.at)
    if let expiration = held.allocation.expiration {
      writer.field("expiration", expiration)
    } else {
      writer.nullField("expiration")
    }
    writer.field("note", held.note)
    guard let graph else { return }
    writer.field("R", raw: resourceSet(held.allocation, startedAt: held.at, graph))
  }

  /// R, version 1.
  static func resourceSet(_ allocation: Allocation, startedAt: Timestamp, _ graph: ResourceGraph) -> [UInt8] {
    var bytes: [UInt8] = []
    JobRendering.resources(of: allocation, startedAt: startedAt, graph).appendJSON(to: &bytes)
    return bytes
  }
}
