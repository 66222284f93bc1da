import Jobs
public import KeyValues
public import Persistent
public import Vocabulary

/// All namespaces, and the fences and barriers at which participants meet.
public struct KeyValueStore: Sendable {
  public internal(set) var namespaces = SortedMap<NamespaceID, HeldNamespace>()
  public internal(set) var counts = SortedMap<UInt32, Int>()
  /// Of the heads of all namespaces.
  public internal(set) var totalBytes = 0
  /// Namespaces of jobs, active and ended.
  public internal(set) var ofJobs = SortedMap<JobID, NamespaceID>()
  public internal(set) var rounds = SortedMap<FenceID, FenceRound>()
  /// Keys and values that wait in them.
  public internal(set) var waitingBytes = 0
  /// Of each fence the rounds that ended lately, oldest first.
  public internal(set) var memories = SortedMap<FenceID, [FenceMemory]>()
  /// Namespaces that end by themselves, next one first.
  var expiring = SortedSet<Due<NamespaceID>>()
  /// Namespaces that have history, by when all of it is too old to be kept.
  var withHistory = SortedSet<Due<NamespaceID>>()
  var roundsByAge = SortedSet<Due<FenceID>>()
  var memoriesByAge = SortedSet<Due<FenceID>>()
  /// Changed since the digests were last computed. Derived, never logged.
  private var unsealed: Set<NamespaceID> = []
  /// Digests that a snapshot says its namespaces have, until they were compared.
  var restoredRoots: [NamespaceID: Digest] = [:]

  init() {}

  struct Due<Subject: Comparable & Sendable>: Comparable, Sendable {
    let at: Timestamp
    let subject: Subject

    static func < (a: Self, b: Self) -> Bool { a.at != b.at ? a.at < b.at : a.subject < b.subject }
  }

  public subscript(id: NamespaceID) -> HeldNamespace? { namespaces[id] }

  /// Every blob that a key names in a state that can still be read, by whose namespace it is in.
  /// - Parameter instanceOwner: whose the instance's own namespaces are.
  public func referencedBlobs(instanceOwner: UInt32) -> [UInt32: Set<Digest>] {
    var blobs: [UInt32: Set<Digest>] = [:]
    for entry in namespaces {
      let owner = entry.key.isInstances ? instanceOwner : entry.key.userID
      entry.value.namespace.visitBlobs { blobs[owner, default: []].insert($0) }
    }
    return blobs
  }

  /// Computes the digests that changes left open; once a batch, before readers see the state.
  public mutating func seal(using digest: DigestFunction) {
    for id in unsealed { namespaces.modify(id) { _ = $0.namespace.seal(using: digest) } }
    unsealed.removeAll(keepingCapacity: true)
  }

  /// Computes the digests of all that a snapshot held, and compares them with what it says they are.
  mutating func checkRestored(using digest: DigestFunction) throws(PackedError) {
    seal(using: digest)
    for (id, root) in restoredRoots where namespaces[id]?.namespace.root.sealedDigest != root {
      throw .invalid("digest of the namespace \(id.name.text)", offset: 0)
    }
    restoredRoots = [:]
  }

  // MARK: Changes, all from `fold`

  mutating func create(_ creation: NamespaceCreation, owner: Principal, seq: UInt64, at: Timestamp) {
    var namespace = Namespace(
      name: creation.id.name, quota: creation.quota, retention: creation.retention, revision: seq, at: at)
    if let source = creation.source {
      let copy = namespaces[source.id]?.namespace.copy(
        at: source.revision, named: creation.id.name, quota: creation.quota, revision: seq, at: at)
      guard var copy else { preconditionFailure("a namespace begins as one that is not there") }
      copy.retention = creation.retention
      namespace = copy
    }
    insert(
      HeldNamespace(
        owner: owner, description: creation.description, createdAt: at, createdSeq: seq, namespace: namespace),
      creation.id)
  }

  mutating func insert(_ held: HeldNamespace, _ id: NamespaceID) {
    namespaces[id] = held
    counts.adjust(id.userID, by: 1)
    totalBytes += held.namespace.root.totals.bytes
    if let job = id.job { ofJobs[job] = id }
    if let expiry = held.expiresAt { expiring.insert(Due(at: expiry, subject: id)) }
    if held.namespace.retainedRevisions > 1 { withHistory.insert(Due(at: held.historyEnd, subject: id)) }
    unsealed.insert(id)
  }

  mutating func redefine(_ id: NamespaceID, description: String, quota: NamespaceQuota) {
    namespaces.modify(id) { held in
      held = held.described(as: description)
      held.namespace.quota = quota
    }
  }

  mutating func remove(_ id: NamespaceID) {
    guard let held = namespaces[id] else { preconditionFailure("an absent namespace was removed") }
    namespaces[id] = nil
    counts.adjust(id.userID, by: -1)
    totalBytes -= held.namespace.root.totals.bytes
    if let job = id.job { ofJobs[job] = nil }
    if let expiry = held.expiresAt { expiring.remove(Due(at: expiry, subject: id)) }
    withHistory.remove(Due(at: held.historyEnd, subject: id))
    unsealed.remove(id)
    dropFences(of: id)
  }

  /// Who comes to a namespace of the same name later meets nobody from before.
  private mutating func dropFences(of id: NamespaceID) {
    let lowest = NamespaceName("0").map { FenceID(fence: $0, of: id) }
    var (open, ended): ([FenceID], [FenceID]) = ([], [])
    rounds.forEach(from: lowest) { fence, _ in
      guard fence.kind == .fence, fence.scope == id else { return false }
      open.append(fence)
      return true
    }
    memories.forEach(from: lowest) { fence, _ in
      guard fence.kind == .fence, fence.scope == id else { return false }
      ended.append(fence)
      return true
    }
    for fence in open {
      if let round = rounds[fence] {
        roundsByAge.remove(Due(at: round.at, subject: fence))
        waitingBytes -= round.bytes
      }
      rounds[fence] = nil
    }
    for fence in ended {
      for memory in memories[fence] ?? [] { memoriesByAge.remove(Due(at: memory.at, subject: fence)) }
      memories[fence] = nil
    }
  }

  mutating func change(_ id: NamespaceID, _ changes: [Change], revision: UInt64, at: Timestamp) {
    namespaces.modify(id) { held in
      withHistory.remove(Due(at: held.historyEnd, subject: id))
      totalBytes -= held.namespace.root.totals.bytes
      held.namespace.fold(changes, revision: revision, at: at)
      held.changedAt = at
      totalBytes += held.namespace.root.totals.bytes
      if held.namespace.retainedRevisions > 1 { withHistory.insert(Due(at: held.historyEnd, subject: id)) }
    }
    unsealed.insert(id)
  }

  mutating func compact(_ id: NamespaceID, before revision: UInt64) {
    guard let held = namespaces[id] else { preconditionFailure("an absent namespace was compacted") }
    namespaces.modify(id) { $0.namespace.compact(before: revision) }
    if let after = namespaces[id], after.namespace.retainedRevisions <= 1 {
      withHistory.remove(Due(at: held.historyEnd, subject: id))
    }
  }

  /// The job's life is over: what it left is kept for a while.
  mutating func jobEnded(_ job: JobID, at: Timestamp) {
    guard let id = ofJobs[job] else { return }
    let expiry = at.advanced(by: BrokerLimits.jobNamespaceLifetime)
    namespaces.modify(id) { $0.expiresAt = expiry }
    expiring.insert(Due(at: expiry, subject: id))
  }

  mutating func arrive(_ arrival: FenceArrival, owner: Principal, at: Timestamp) {
    if rounds[arrival.fence] == nil { insert(FenceRound(owner: owner, size: arrival.size, at: at), arrival.fence) }
    rounds.modify(arrival.fence) { round in
      roundsByAge.remove(Due(at: round.at, subject: arrival.fence))
      round.participants.insert(arrival.participant)
      if !arrival.changes.isEmpty { round.changes.append(arrival.changes) }
      round.bytes += arrival.changes.weight
      round.at = at
      roundsByAge.insert(Due(at: at, subject: arrival.fence))
    }
    waitingBytes += arrival.changes.weight
  }

  mutating func insert(_ round: FenceRound, _ id: FenceID) {
    rounds[id] = round
    roundsByAge.insert(Due(at: round.at, subject: id))
    waitingBytes += round.bytes
  }

  mutating func end(_ id: FenceID, _ outcome: FenceOutcome, at: Timestamp) {
    guard let round = rounds[id] else { preconditionFailure("an absent round ended") }
    rounds[id] = nil
    roundsByAge.remove(Due(at: round.at, subject: id))
    waitingBytes -= round.bytes
    remember(FenceMemory(participants: round.participants, outcome: outcome, at: at), id)
  }

  mutating func remember(_ memory: FenceMemory, _ id: FenceID) {
    memories[id] = (memories[id] ?? []) + [memory]
    memoriesByAge.insert(Due(at: memory.at, subject: id))
  }

  mutating func forgetFences(before limit: Timestamp) {
    while let oldest = memoriesByAge.first, oldest.at < limit {
      memoriesByAge.remove(oldest)
      let rest = (memories[oldest.subject] ?? []).filter { $0.at >= limit }
      memories[oldest.subject] = rest.isEmpty ? nil : rest
    }
  }
}

extension Namespace {
  /// Blobs of the oldest state, and of what every commit since then put.
  fileprivate func visitBlobs(_ body: (Digest) -> Void) {
    root(at: oldestRevision)?.visitBlobs(body)
    var seen = oldestRevision
    while seen < revision {
      guard let page = try? commits(after: seen, under: .everything, limit: 256) else { return }
      for commit in page.commits {
        for change in commit.changes { if case .blob(let digest, _)? = change.new?.content { body(digest) } }
      }
      seen = page.through
      if page.isLast { return }
    }
  }
}
