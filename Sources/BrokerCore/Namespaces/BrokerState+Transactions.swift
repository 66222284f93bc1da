import Jobs
public import KeyValues
import Persistent
import Vocabulary

extension BrokerState {
  func decideTransaction(
    _ transaction: Transaction, in id: NamespaceID, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) -> Decision {
    let (held, creation) = try heldNamespace(id, for: attribution)
    let isNew = creation != nil
    let revision = builder.seq + (isNew ? 1 : 0)
    let verdict: Verdict
    do throws(TransactionRefusal) {
      verdict = try held.namespace.evaluate(transaction, revision: revision)
    } catch {
      throw .transaction(error)
    }
    guard !verdict.changes.isEmpty else {
      return builder.decision(
        .transacted(TransactionAnswer(namespace: id, revision: held.namespace.revision, verdict: verdict)))
    }
    try checkInstanceBytes(growth: verdict.changes.reduce(0) { $0 + $1.addedBytes })
    if let creation { builder.add(.namespaceCreated(creation), owner: held.owner) }
    builder.add(.keysChanged(id, verdict.changes), owner: held.owner)
    return builder.decision(.transacted(TransactionAnswer(namespace: id, revision: revision, verdict: verdict)))
  }

  func decideArrival(
    _ arrival: FenceArrival, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) -> Decision {
    let id = arrival.fence
    let owner = try fenceOwner(id, attribution)
    if let memory = keyValues.memories[id]?.last(where: { $0.participants.contains(arrival.participant) }) {
      return builder.decision(.fence(.ended(memory.outcome)))
    }
    let round = keyValues.rounds[id] ?? FenceRound(owner: owner, size: arrival.size, at: Timestamp(microseconds: 0))
    guard round.size == arrival.size else { throw .fenceMismatch(size: round.size) }
    guard !round.participants.contains(arrival.participant) else {
      return builder.decision(.fence(.waiting(arrived: round.participants.count, size: round.size)))
    }
    guard round.changeCount + arrival.changes.count <= BrokerLimits.changesPerFence else {
      throw .quotaExceeded("a fence takes \(BrokerLimits.changesPerFence) operations from all together")
    }
    guard round.bytes + arrival.changes.weight <= BrokerLimits.bytesPerFence,
      keyValues.waitingBytes + arrival.changes.weight <= BrokerLimits.fenceBytes
    else {
      throw .quotaExceeded("a fence takes \(BrokerLimits.bytesPerFence) bytes, all fences \(BrokerLimits.fenceBytes)")
    }
    try checkParts(of: arrival, by: attribution)
    guard keyValues.rounds[id] != nil || keyValues.rounds.count < BrokerLimits.fenceRounds else {
      throw .quotaExceeded("\(BrokerLimits.fenceRounds) fences and barriers are under way")
    }
    if !arrival.changes.isEmpty { try checkInstanceBytes(growth: arrival.changes.reduce(0) { $0 + $1.addedBytes }) }
    builder.add(.fenceJoined(arrival), owner: owner)
    guard round.participants.count + 1 == round.size else {
      return builder.decision(.fence(.waiting(arrived: round.participants.count + 1, size: round.size)))
    }
    let parts = round.changes + (arrival.changes.isEmpty ? [] : [arrival.changes])
    let outcome = try complete(id, parts, owner, by: attribution, &builder)
    builder.add(.fenceEnded(id, outcome), owner: owner)
    return builder.decision(.fence(.ended(outcome)))
  }

  /// What could not be done alone is refused at once, so that one participant does not fail the others' round.
  private func checkParts(of arrival: FenceArrival, by attribution: Attribution) throws(Refusal) {
    guard !arrival.changes.isEmpty else { return }
    let (held, _) = try heldNamespace(arrival.fence.scope, for: attribution)
    do throws(TransactionRefusal) {
      _ = try held.namespace.evaluate(Transaction(then: arrival.changes.map { Transaction.Operation($0) }))
    } catch {
      throw .transaction(error)
    }
  }

  private func fenceOwner(_ id: FenceID, _ attribution: Attribution) throws(Refusal) -> Principal {
    switch id.kind {
    case .fence: return try heldNamespace(id.scope, for: attribution).held.owner
    case .barrier:
      if id.scope.userID == attribution.principal.userID { return attribution.principal }
      guard attribution.role == .owner, let owner = users.values.first(where: { $0.userID == id.scope.userID })
      else { throw .unknownNamespace }
      return owner
    }
  }

  /// One commit of what all participants want, each seeing those before it.
  private func complete(
    _ id: FenceID, _ parts: [[Change]], _ owner: Principal, by attribution: Attribution,
    _ builder: inout RecordBuilder
  ) throws(Refusal) -> FenceOutcome {
    // The last arrival is the record before.
    guard !parts.isEmpty else { return .complete(revision: builder.seq - 1) }
    let (held, creation) = try heldNamespace(id.scope, for: attribution)
    var working = held.namespace
    var changes: [Change] = []
    let revision = builder.seq + (creation == nil ? 0 : 1)
    for (index, part) in parts.enumerated() {
      let verdict: Verdict
      do throws(TransactionRefusal) {
        verdict = try working.evaluate(Transaction(then: part.map { Transaction.Operation($0) }), revision: revision)
      } catch {
        return .failed("what \(index + 1) of \(parts.count) participants want cannot be done together")
      }
      guard !verdict.changes.isEmpty else { continue }
      // A scratch copy: its revisions only have to rise.
      working.fold(verdict.changes, revision: revision + UInt64(index), at: Timestamp(microseconds: 0))
      changes += verdict.changes
    }
    guard !changes.isEmpty else { return .complete(revision: held.namespace.revision) }
    if let creation { builder.add(.namespaceCreated(creation), owner: owner) }
    builder.add(.keysChanged(id.scope, changes), owner: owner)
    return .complete(revision: revision)
  }
}

/// What a transaction came to.
public struct TransactionAnswer: Sendable, Equatable {
  public let namespace: NamespaceID
  /// Of its commit; the namespace's where nothing was changed.
  public let revision: UInt64
  public let verdict: Verdict
}

/// What an arrival at a fence came to.
public enum FenceAnswer: Sendable, Equatable {
  case waiting(arrived: Int, size: Int)
  case ended(FenceOutcome)
}

extension Change {
  /// What it can add to a namespace's bytes at most.
  var addedBytes: Int {
    switch self {
    case .put(let key, let content, _): key.bytes.count + content.byteCount
    case .append(let key, let bytes): key.bytes.count + bytes.count
    case .delete, .deleteDirectory: 0
    }
  }
}

extension Transaction.Operation {
  /// What an arrival at a fence asks for, as an operation again.
  init(_ change: Change) {
    switch change {
    case .put(let key, .symlink(let target, let namespace), _):
      self = .symlink(key, target: target, namespace: namespace)
    case .put(let key, .directory, _): self = .makeDirectory(key)
    case .put(let key, let content, let mediaType): self = .put(key, content, mediaType)
    case .append(let key, let bytes): self = .append(key, bytes, .octetStream)
    case .delete(let key): self = .delete(key, recursive: false)
    case .deleteDirectory(let key): self = .delete(key, recursive: true)
    }
  }

  /// Reading operations have nothing to log.
  public var asChange: Change? {
    switch self {
    case .put(let key, let content, let mediaType): .put(key, content, mediaType)
    case .append(let key, let bytes, _): .append(key, bytes)
    case .delete(let key, let recursive): recursive ? .deleteDirectory(key) : .delete(key)
    case .symlink(let key, let target, let namespace):
      .put(key, .symlink(target: target, namespace: namespace), .octetStream)
    case .makeDirectory(let key): .put(key, .directory, .octetStream)
    case .get, .list: nil
    }
  }
}
