import BrokerCore
import Jobs
import KeyValues
import Persistent
import Vocabulary

/// Reads what records say of namespaces and fences, and compares the broker's state with it.
struct KeyWitness {
  private(set) var namespaces: [NamespaceID: NamespaceWitness] = [:]
  private(set) var fences: [FenceID: FenceWitness] = [:]
  var tally = KeyTally()
  /// Of active jobs.
  private var jobOwners: [JobID: Principal] = [:]
  private var jobOfNamespace: [NamespaceID: JobID] = [:]
  private var namespaceOfJob: [JobID: NamespaceID] = [:]
  /// What the present batch changed.
  private var touched: Set<NamespaceID> = []
  private var touchesFences = false

  // MARK: Records

  /// - Returns: the first promise that a batch breaks.
  mutating func note(_ records: [Record], state: BrokerState) -> String? {
    touched = []
    touchesFences = false
    for record in records {
      if let fault = note(record) { return "record \(record.seq) (\(record.body.name)): \(fault)" }
    }
    guard !touched.isEmpty || touchesFences, let seq = records.first?.seq else { return nil }
    return difference(from: state, isThorough: seq % 64 == 0, withContents: seq % 4 == 0)
  }

  private mutating func note(_ record: Record) -> String? {
    switch record.body {
    case .jobSubmitted(let submission):
      jobOwners[submission.id] = submission.owner
      return nil
    case .jobHappened(let job, .clean):
      jobOwners[job] = nil
      guard let id = namespaceOfJob[job] else { return nil }
      namespaces[id]?.expiresAt = record.at.advanced(by: .seconds(7 * 86_400))
      touched.insert(id)
      return nil
    case .namespaceCreated(let creation): return note(creation, record)
    case .namespaceChanged(let id, _, let quota):
      if let fault = accessFault(id, record) { return fault }
      namespaces[id]?.quota = quota
    case .namespaceRemoved(let id): return noteRemoval(of: id, record)
    case .keysChanged(let id, let changes):
      if let fault = accessFault(id, record) { return fault }
      tally.commits += 1
      return namespaces[id]?.commit(changes, revision: record.seq, at: record.at)
    case .keysCompacted(let id, let revision): return noteCompaction(of: id, before: revision, record)
    case .fenceJoined(let arrival):
      if arrival.fence.kind == .fence, let fault = fenceAccessFault(arrival.fence, record) { return fault }
      touchesFences = true
      return fences[arrival.fence, default: FenceWitness()].note(arrival, at: record.at)
    case .fenceEnded(let id, let outcome):
      touchesFences = true
      tally.fences += 1
      return fences[id, default: FenceWitness()].note(outcome, of: id, record, namespaces[id.scope])
    case .fencesForgotten(let limit):
      touchesFences = true
      guard record.at.since(limit) >= BrokerLimits.fenceMemoryLifetime else { return "forgotten too early" }
      for id in Array(fences.keys) {
        fences[id]?.forget(before: limit)
        if fences[id]?.isEmpty == true { fences[id] = nil }
      }
    default: break
    }
    return nil
  }

  private mutating func note(_ creation: NamespaceCreation, _ record: Record) -> String? {
    let id = creation.id
    guard namespaces[id] == nil else { return "it was there" }
    var entries: [String: NamespaceWitness.Entry] = [:]
    if let source = creation.source {
      if let fault = accessFault(source.id, record) { return fault }
      guard let from = namespaces[source.id],
        let state = from.retainedStates.last(where: { $0.revision <= source.revision })
      else { return "it begins as what is not retained" }
      entries = state.entries
      tally.copies += 1
    }
    let witness = NamespaceWitness(creation, owner: record.owner, entries: entries, seq: record.seq, at: record.at)
    namespaces[id] = witness
    if entries.count > creation.quota.maximumKeys || witness.bytes > creation.quota.maximumBytes {
      return "it begins over its quota"
    }
    if let job = jobOwners.first(where: { NamespaceID.name(of: $0.key) == id.name }) {
      guard record.owner == job.value, id.userID == job.value.userID else { return "its owner is not its job's" }
      jobOfNamespace[id] = job.key
      namespaceOfJob[job.key] = id
    } else if id.name.text.hasPrefix("job-") {
      return "its job is not active"
    }
    return accessFault(id, record)
  }

  /// Who caused the record may reach the namespace.
  private mutating func accessFault(_ id: NamespaceID, _ record: Record) -> String? {
    touched.insert(id)
    guard let namespace = namespaces[id] else { return "there is no such namespace" }
    guard record.owner == namespace.owner else { return "the record is another's" }
    return record.attribution.mayAccess(namespace.owner) ? nil : "\(record.attribution.principal.name) may not"
  }

  private func fenceAccessFault(_ fence: FenceID, _ record: Record) -> String? {
    if let namespace = namespaces[fence.scope], namespace.owner != record.owner { return "the record is another's" }
    return record.attribution.mayAccess(record.owner) ? nil : "\(record.attribution.principal.name) may not"
  }

  private mutating func noteRemoval(of id: NamespaceID, _ record: Record) -> String? {
    if let fault = accessFault(id, record) { return fault }
    if record.attribution.principal == Attribution.broker.principal {
      guard let expiry = namespaces[id]?.expiresAt, expiry <= record.at else { return "it does not end yet" }
      tally.expiries += 1
    }
    namespaces[id] = nil
    if let job = jobOfNamespace.removeValue(forKey: id) { namespaceOfJob[job] = nil }
    for fence in Array(fences.keys) where fence.kind == .fence && fence.scope == id { fences[fence] = nil }
    touchesFences = true
    return nil
  }

  private mutating func noteCompaction(of id: NamespaceID, before revision: UInt64, _ record: Record) -> String? {
    if let fault = accessFault(id, record) { return fault }
    guard let namespace = namespaces[id], namespace.last.revision == revision, namespace.retainedStates.count > 1,
      record.at.since(namespace.last.at) > namespace.retention.maximumAge
    else { return "nothing of it is too old" }
    namespaces[id]?.compact()
    tally.compactions += 1
    return nil
  }

  // MARK: Comparison

  /// - Parameters:
  ///   - isThorough: whether everything is looked at, not only what the last batch changed.
  ///   - withContents: whether heads are compared key by key.
  mutating func difference(from state: BrokerState, isThorough: Bool, withContents: Bool) -> String? {
    let store = state.keyValues
    for id in isThorough ? Set(namespaces.keys) : touched {
      guard let held = store[id] else {
        if namespaces[id] != nil { return "\(id.name.text) is gone" }
        continue
      }
      let fault = namespaces[id]?.difference(from: held, withContents: withContents || isThorough)
      if let fault { return "\(id.name.text) of \(id.userID): \(fault)" }
    }
    guard store.namespaces.count == namespaces.count else { return "there are \(store.namespaces.count) namespaces" }
    let bytes = namespaces.values.reduce(0) { $0 + $1.bytes }
    guard store.totalBytes == bytes else { return "\(store.totalBytes) bytes are counted in all, \(bytes) are there" }
    guard touchesFences || isThorough else { return nil }
    return fenceDifference(from: store) ?? indexDifference(from: store)
  }

  private func fenceDifference(from store: KeyValueStore) -> String? {
    for (id, fence) in fences {
      if let fault = fence.difference(from: store.rounds[id], store.memories[id] ?? []) {
        return "the fence \(id.name.text): \(fault)"
      }
    }
    let (open, ended) = (fences.values.filter(\.isOpen).count, fences.values.filter { !$0.ended.isEmpty }.count)
    return store.rounds.count == open && store.memories.count == ended ? nil : "there are other fences"
  }

  private func indexDifference(from store: KeyValueStore) -> String? {
    var counts: [UInt32: Int] = [:]
    for id in namespaces.keys { counts[id.userID, default: 0] += 1 }
    guard store.counts.count == counts.count, store.counts.allSatisfy({ counts[$0.key] == $0.value }) else {
      return "the counts of namespaces differ"
    }
    guard store.ofJobs.count == namespaceOfJob.count,
      store.ofJobs.allSatisfy({ namespaceOfJob[$0.key] == $0.value })
    else { return "the namespaces of jobs differ" }
    return nil
  }

  /// - Returns: what a tick at `now` should have ended and did not.
  static func untended(_ store: KeyValueStore, at now: Timestamp) -> String? {
    let history = store.namespaces.filter {
      let retention = $0.value.namespace.retention
      return $0.value.namespace.retainedRevisions > 1 && now.since($0.value.changedAt) > retention.maximumAge
    }
    if let first = history.first, history.count <= BrokerLimits.namespacesPerTick {
      return "\(first.key.name.text) still has history that is too old"
    }
    let ended = store.namespaces.filter { $0.value.expiresAt.map { $0 <= now } ?? false }
    if let first = ended.first, ended.count <= BrokerLimits.namespacesPerTick {
      return "\(first.key.name.text) is still there after its end"
    }
    let rounds = store.rounds.filter { now.since($0.value.at) > BrokerLimits.fenceRoundLifetime }
    return rounds.isEmpty ? nil : "a round that nobody joined for an hour is still open"
  }
}
