@testable import BrokerCore
import Jobs
import KeyValues
import Persistent
import TestKit
import Testing
import Vocabulary

/// A core and a clock, driven by commands about namespaces.
struct NamespaceWorld {
  static let ada = Samples.user(1)
  static let bob = Samples.user(2)
  static let primary = NamespaceID(userID: UInt32.max, name: NamespaceName("primary")!)

  var state = BrokerState(epoch: 1)
  var now = Timestamp(microseconds: (BrokerState.fluidEpochMilliseconds + 10_000_000) * 1_000)
  /// What the last command led to.
  private(set) var records: [Record] = []

  static func id(_ name: String, of user: Principal = ada) -> NamespaceID {
    NamespaceID(userID: user.userID, name: NamespaceName(name)!)
  }

  static func creation(
    _ id: NamespaceID, quota: NamespaceQuota = .standard, retention: HistoryRetention = .standard,
    from source: NamespaceCreation.Source? = nil
  ) -> NamespaceCreation {
    NamespaceCreation(id: id, description: "for a test", quota: quota, retention: retention, source: source)
  }

  static func put(_ key: String, _ text: String) -> Transaction.Operation {
    .put(try! Key(key), .bytes(Value(Array(text.utf8))), .octetStream)
  }

  @discardableResult
  mutating func run(_ command: Command, by principal: Principal = ada) throws -> Answer {
    records = []
    let decision = try state.decide(command, by: Samples.attribution(principal), at: now)
    for record in decision.records { state.fold(record) }
    records = decision.records
    return decision.answer
  }

  mutating func tick() {
    records = []
    guard let decision = try? state.decide(.tick, by: .broker, at: now) else { return }
    for record in decision.records { state.fold(record) }
    records = decision.records
  }

  mutating func wait(seconds: Int64) { now = now.advanced(by: .seconds(seconds)) }

  /// Names of the last command's records.
  var names: [String] { records.map(\.body.name) }

  @discardableResult
  mutating func create(
    _ id: NamespaceID, quota: NamespaceQuota = .standard, retention: HistoryRetention = .standard,
    from source: NamespaceCreation.Source? = nil, by principal: Principal? = nil
  ) throws -> NamespaceID {
    let owner = principal ?? (id.userID == Self.bob.userID ? Self.bob : Self.ada)
    try run(.createNamespace(Self.creation(id, quota: quota, retention: retention, from: source)), by: owner)
    return id
  }

  @discardableResult
  mutating func transact(
    _ id: NamespaceID, _ operations: Transaction.Operation..., by principal: Principal = ada
  ) throws -> TransactionAnswer {
    let answer = try run(.transact(id, Transaction(then: operations)), by: principal)
    guard case .transacted(let transacted) = answer else { throw UnexpectedAnswer(answer: answer) }
    return transacted
  }

  /// - Returns: the job's id.
  mutating func submit(by principal: Principal = ada) throws -> JobID {
    let item = SubmitCommand.Item(spec: Samples.jobspec(), urgency: 0, flags: [])
    try run(.submit(SubmitCommand(items: [item], idempotency: nil, isAtomic: false)), by: principal)
    return try #require(state.jobs.last?.key)
  }

  func refusal(_ command: Command, by principal: Principal = ada) -> Refusal? {
    do throws(Refusal) {
      _ = try state.decide(command, by: Samples.attribution(principal), at: now)
      return nil
    } catch {
      return error
    }
  }

  func text(_ id: NamespaceID, _ key: String, at revision: UInt64? = nil) -> String? {
    guard let namespace = state.keyValues[id]?.namespace, let key = try? Key(key) else { return nil }
    let root = revision.map { namespace.root(at: $0) } ?? namespace.root
    return root?.entry(at: key)?.value.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  // MARK: Snapshots

  static func packed(_ state: BrokerState) -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    state.packSnapshot { chunks.append($0) }
    return chunks
  }

  static func unpacked(_ chunks: [[UInt8]]) throws(PackedError) -> BrokerState {
    var rest = chunks.makeIterator()
    return try BrokerState(unpackingSnapshot: { () throws(PackedError) in rest.next() })
  }
}

struct UnexpectedAnswer: Error { let answer: Answer }

extension KeyValueStore {
  /// How another store differs, indexes and every retained state included; `nil`: not at all.
  func difference(from other: KeyValueStore) -> String? {
    guard Array(namespaces.keys) == Array(other.namespaces.keys) else { return "other namespaces" }
    for (id, held) in namespaces {
      guard let theirs = other[id] else { return "no \(id.name.text)" }
      guard held.owner == theirs.owner, held.description == theirs.description, held.createdAt == theirs.createdAt,
        held.createdSeq == theirs.createdSeq, held.changedAt == theirs.changedAt, held.expiresAt == theirs.expiresAt
      else { return "another head of \(id.name.text)" }
      if let fault = held.namespace.difference(from: theirs.namespace) { return "\(id.name.text): \(fault)" }
    }
    guard totalBytes == other.totalBytes else { return "other total bytes" }
    guard counts.elementsEqual(other.counts, by: ==), ofJobs.elementsEqual(other.ofJobs, by: ==) else {
      return "other counts"
    }
    guard rounds.elementsEqual(other.rounds, by: ==), memories.elementsEqual(other.memories, by: ==) else {
      return "other fences"
    }
    guard Array(expiring) == Array(other.expiring) else { return "other `expiring`" }
    guard Array(withHistory) == Array(other.withHistory) else { return "other `withHistory`" }
    guard Array(roundsByAge) == Array(other.roundsByAge), Array(memoriesByAge) == Array(other.memoriesByAge) else {
      return "other ages of fences"
    }
    return nil
  }
}

extension Namespace {
  fileprivate func difference(from other: Namespace) -> String? {
    guard name == other.name, quota == other.quota, retention == other.retention, revision == other.revision,
      oldestRevision == other.oldestRevision, retainedRevisions == other.retainedRevisions,
      supersededBytes == other.supersededBytes, root.totals == other.root.totals
    else { return "another head" }
    for revision in oldestRevision...revision {
      guard let mine = root(at: revision), let theirs = other.root(at: revision) else { return "\(revision) is gone" }
      let (a, b) = (mine.entries(under: .root, limit: .max), theirs.entries(under: .root, limit: .max))
      if a != b { return "another state at \(revision)" }
    }
    return nil
  }
}
