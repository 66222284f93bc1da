import Jobs
import Persistent
import Vocabulary

extension BrokerState {
  /// Ended jobs that the archive holds.
  public var archivedCount: UInt64 { endedCounts.reduce(0) { $0 + $1.value } - purgedCount }

  /// The archive forgets ended jobs, in the transaction that writes this down.
  ///
  /// - Precondition: the archive holds them; who asks for this has looked, and asks for one purge after the other.
  func decidePurge(
    of ids: [JobID], by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    guard attribution.role == .owner else { throw .forbidden("only the instance owner may purge jobs") }
    guard !ids.isEmpty, ids.count <= BrokerLimits.purgedPerCommand, Set(ids).count == ids.count else {
      throw .conflict("a purge names 1 to \(BrokerLimits.purgedPerCommand) jobs, each once")
    }
    if let active = ids.first(where: { jobs[$0] != nil }) { throw .conflict("\(active.f58) is active") }
    builder.add(.jobsPurged(ids), owner: attribution.principal)
  }
}
