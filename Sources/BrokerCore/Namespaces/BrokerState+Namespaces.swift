import Jobs
public import KeyValues
import Persistent
import Vocabulary

extension BrokerState {
  /// The namespace that a caller means by a name, whether or not there is one.
  ///
  /// Names are each user's own; `primary` is the instance owner's; a job's is found by everybody who may see the job.
  /// - Parameter user: whose, where not the caller's own.
  /// - Returns: `nil` when it could not be theirs to know.
  public func namespaceID(
    _ name: NamespaceName, of user: String?, for attribution: Attribution
  ) -> NamespaceID? {
    if let user, user != attribution.principal.name {
      guard attribution.role == .owner, let principal = users[user] else { return nil }
      return NamespaceID(userID: principal.userID, name: name)
    }
    if let primary = NamespaceID.primary, name == primary.name { return attribution.role == .owner ? primary : nil }
    let own = NamespaceID(userID: attribution.principal.userID, name: name)
    guard let job = own.job else { return own }
    if let owner = jobs[job]?.owner { return NamespaceID(userID: owner.userID, name: name) }
    return keyValues.ofJobs[job] ?? own
  }

  /// A namespace as the caller finds it: one that comes into being with its first write is empty until then.
  public func namespace(_ id: NamespaceID, for attribution: Attribution) -> HeldNamespace? {
    if let held = keyValues[id] { return attribution.mayAccess(held.owner) ? held : nil }
    guard let owner = implicitOwner(of: id), attribution.mayAccess(owner) else { return nil }
    let creation = Self.implicitCreation(of: id)
    return HeldNamespace(
      owner: owner, description: creation.description, createdAt: Timestamp(microseconds: 0),
      createdSeq: nil,
      namespace: Namespace(
        name: id.name, quota: creation.quota, retention: creation.retention, revision: 0,
        at: Timestamp(microseconds: 0)))
  }

  /// Whose an absent namespace would be, where the first write makes it.
  private func implicitOwner(of id: NamespaceID) -> Principal? {
    if id == NamespaceID.primary { return Attribution.broker.principal }
    guard let job = id.job, let owner = jobs[job]?.owner, owner.userID == id.userID else { return nil }
    return owner
  }

  private static func implicitCreation(of id: NamespaceID) -> NamespaceCreation {
    NamespaceCreation(
      id: id, description: id == NamespaceID.primary ? "the instance's" : "of a job", quota: .standard,
      retention: .standard, source: nil)
  }

  /// - Throws: `unknownNamespace`, also for what is not the caller's to know.
  func heldNamespace(
    _ id: NamespaceID, for attribution: Attribution
  ) throws(Refusal) -> (held: HeldNamespace, creation: NamespaceCreation?) {
    guard let held = namespace(id, for: attribution) else { throw .unknownNamespace }
    return (held, keyValues[id] == nil ? Self.implicitCreation(of: id) : nil)
  }

  func decideCreation(
    of creation: NamespaceCreation, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    guard creation.id.userID == attribution.principal.userID, creation.id.name != NamespaceID.primary?.name,
      creation.id.job == nil
    else { throw .forbidden("a namespace of this name is not made by hand") }
    guard keyValues[creation.id] == nil else { throw .namespaceExists }
    guard (keyValues.counts[creation.id.userID] ?? 0) < BrokerLimits.namespacesPerUser else {
      throw .quotaExceeded("you have \(BrokerLimits.namespacesPerUser) namespaces, as many as you may")
    }
    guard let source = creation.source else {
      return builder.add(.namespaceCreated(creation), owner: attribution.principal)
    }
    let (held, absent) = try heldNamespace(source.id, for: attribution)
    guard let root = held.namespace.root(at: source.revision), source.revision < builder.seq else {
      throw .revisionGone(oldest: held.namespace.oldestRevision)
    }
    guard root.totals.entries <= creation.quota.maximumKeys, root.totals.bytes <= creation.quota.maximumBytes else {
      throw .quotaExceeded("what it is to begin as exceeds its own quota")
    }
    try checkInstanceBytes(growth: root.totals.bytes)
    // One that only its first write will make is as good as none.
    let begun = absent == nil ? creation : creation.withoutSource
    builder.add(.namespaceCreated(begun), owner: attribution.principal)
  }

  func decideChange(
    of id: NamespaceID, _ description: String?, _ quota: NamespaceQuota?, by attribution: Attribution,
    _ builder: inout RecordBuilder
  ) throws(Refusal) {
    let (held, creation) = try heldNamespace(id, for: attribution)
    if let creation { builder.add(.namespaceCreated(creation), owner: held.owner) }
    builder.add(
      .namespaceChanged(
        id, description: description ?? held.description, quota: quota ?? held.namespace.quota), owner: held.owner)
  }

  func decideRemoval(
    of id: NamespaceID, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    let (held, creation) = try heldNamespace(id, for: attribution)
    guard id != NamespaceID.primary else { throw .forbidden("the instance always has a primary namespace") }
    if creation == nil { builder.add(.namespaceRemoved(id), owner: held.owner) }
  }

  /// All namespaces together fit the memory that they may take.
  func checkInstanceBytes(growth: Int) throws(Refusal) {
    guard growth <= 0 || keyValues.totalBytes + growth <= BrokerLimits.keyValueBytes else {
      throw .quotaExceeded("all namespaces together hold at most \(BrokerLimits.keyValueBytes) bytes")
    }
  }

  /// What time alone makes necessary, a bounded part of it.
  func tendKeyValues(at now: Timestamp, _ builder: inout RecordBuilder) {
    var removed: Set<NamespaceID> = []
    keyValues.expiring.forEach { due in
      guard due.at <= now, removed.count < BrokerLimits.namespacesPerTick else { return false }
      removed.insert(due.subject)
      if let held = keyValues[due.subject] { builder.add(.namespaceRemoved(due.subject), owner: held.owner) }
      return true
    }
    var seen = 0
    keyValues.withHistory.forEach { due in
      guard due.at < now, seen < BrokerLimits.namespacesPerTick else { return false }
      seen += 1
      if let held = keyValues[due.subject], !removed.contains(due.subject) {
        builder.add(.keysCompacted(due.subject, before: held.namespace.revision), owner: held.owner)
      }
      return true
    }
    tendFences(at: now, except: removed, &builder)
  }

  /// - Parameter removed: namespaces that go in the same tick, and their fences with them.
  private func tendFences(
    at now: Timestamp, except removed: Set<NamespaceID>, _ builder: inout RecordBuilder
  ) {
    var dropped = 0
    let begun = now.advanced(by: TimeSpan(microseconds: -BrokerLimits.fenceRoundLifetime.microseconds))
    keyValues.roundsByAge.forEach { due in
      guard due.at < begun, dropped < BrokerLimits.namespacesPerTick else { return false }
      dropped += 1
      let isGone = due.subject.kind == .fence && removed.contains(due.subject.scope)
      if !isGone, let round = keyValues.rounds[due.subject] {
        builder.add(.fenceEnded(due.subject, .failed("not all came within an hour")), owner: round.owner)
      }
      return true
    }
    let kept = now.advanced(by: TimeSpan(microseconds: -BrokerLimits.fenceMemoryLifetime.microseconds))
    if let oldest = keyValues.memoriesByAge.first, oldest.at < kept {
      builder.add(.fencesForgotten(before: kept), owner: Attribution.broker.principal)
    }
  }
}

extension NamespaceQuota {
  /// What a namespace gets where nothing else is asked for.
  public static let standard = NamespaceQuota(
    maximumKeys: 2_000_000, maximumBytes: 1 << 30, maximumWatchers: 4_096)
}
