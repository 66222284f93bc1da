import BrokerCore
import Jobs
import KeyValues
import Vocabulary

/// One fence or barrier as its records tell it.
struct FenceWitness {
  struct Ended: Equatable {
    let participants: Set<String>
    let outcome: FenceOutcome
    let at: Timestamp
  }

  private(set) var size = 0
  private(set) var participants: Set<String> = []
  private(set) var changes: [[Change]] = []
  private(set) var at = Timestamp(microseconds: 0)
  private(set) var ended: [Ended] = []

  var isOpen: Bool { !participants.isEmpty }
  var isEmpty: Bool { !isOpen && ended.isEmpty }

  mutating func note(_ arrival: FenceArrival, at: Timestamp) -> String? {
    if ended.contains(where: { $0.participants.contains(arrival.participant) }) {
      return "\(arrival.participant) joined again instead of being told what its round came to"
    }
    if isOpen, arrival.size != size { return "a round of \(size) was joined as one of \(arrival.size)" }
    if isOpen, participants.count >= size { return "a complete round was joined" }
    size = arrival.size
    guard participants.insert(arrival.participant).inserted else { return "\(arrival.participant) joined twice" }
    if !arrival.changes.isEmpty { changes.append(arrival.changes) }
    self.at = at
    return nil
  }

  /// - Parameter namespace: the fence's, after the commit.
  mutating func note(
    _ outcome: FenceOutcome, of id: FenceID, _ record: Record, _ namespace: NamespaceWitness?
  ) -> String? {
    guard isOpen else { return "a round ended that had not begun" }
    switch outcome {
    case .complete(let revision):
      guard participants.count == size else { return "complete with \(participants.count) of \(size)" }
      if let fault = commitFault(revision, of: id, record, namespace) { return fault }
    case .failed:
      let isLate = record.at.since(at) > BrokerLimits.fenceRoundLifetime
      guard isLate || participants.count == size else { return "failed with \(participants.count) of \(size)" }
    }
    ended.append(Ended(participants: participants, outcome: outcome, at: record.at))
    (size, participants, changes) = (0, [], [])
    return nil
  }

  /// Whether the commit is what all participants wanted, in the order of their arrival.
  private func commitFault(
    _ revision: UInt64, of id: FenceID, _ record: Record, _ namespace: NamespaceWitness?
  ) -> String? {
    guard !changes.isEmpty else { return revision == record.seq - 1 ? nil : "the last arrival was not at \(revision)" }
    guard let namespace else { return revision == 0 ? nil : "a commit of no namespace" }
    guard namespace.last.revision == revision else { return "the commit \(revision) is not there" }
    let isCommitted = revision == record.seq - 1
    let before = isCommitted ? namespace.state(before: revision)?.entries ?? [:] : namespace.last.entries
    // Links lead elsewhere: what was asked and what was done differ then.
    let hasLinks = before.values.contains { $0.isLink } || namespace.last.entries.values.contains { $0.isLink }
    guard !hasLinks else { return nil }
    var after = before
    for change in changes.joined() {
      guard let done = Self.carriedOut(change, on: after) else { continue }
      after = NamespaceWitness.applying([done], to: after, revision: revision)
    }
    return after == namespace.last.entries ? nil : "the commit is not what was asked for"
  }

  /// What was asked for as an operation, as the fact that it comes to; `nil`: to nothing.
  private static func carriedOut(_ change: Change, on entries: [String: NamespaceWitness.Entry]) -> Change? {
    let found = entries[change.key.text]
    switch change {
    case .deleteDirectory(let key): return found == nil ? change : .delete(key)
    case .put(let key, .directory, _):
      let isThere = entries.keys.contains { NamespaceWitness.isAbove(key.text, $0) }
      return isThere || found?.content == .other(.directory) ? nil : change
    default: return change
    }
  }

  mutating func forget(before limit: Timestamp) { ended.removeAll { $0.at < limit } }

  func ending(of participant: String) -> FenceOutcome? {
    ended.last { $0.participants.contains(participant) }?.outcome
  }

  /// - Returns: how what the broker has differs.
  func difference(from round: FenceRound?, _ memories: [FenceMemory]) -> String? {
    guard isOpen == (round != nil) else { return "one has a round" }
    if let round {
      guard round.size == size, round.participants == participants, round.changes == changes, round.at == at else {
        return "the round differs"
      }
    }
    let theirs = memories.map { Ended(participants: $0.participants, outcome: $0.outcome, at: $0.at) }
    return theirs == ended ? nil : "the ended rounds differ"
  }
}
