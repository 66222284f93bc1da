@testable import BrokerCore
import Jobs
import KeyValues
import Persistent
import TestKit
import Testing
import Vocabulary

@Suite("Commits, quotas, and what becomes of namespaces in time")
struct NamespaceHistoryTests {
  typealias World = NamespaceWorld

  private static func quota(keys: Int = 1_000, bytes: Int = 1 << 40) -> NamespaceQuota {
    NamespaceQuota(maximumKeys: keys, maximumBytes: bytes, maximumWatchers: 1)
  }

  // MARK: Commits

  @Test("A commit's revision is its place in the log, across all namespaces")
  func revisions() throws {
    var world = World()
    let (a, b) = (try world.create(World.id("a")), try world.create(World.id("b")))
    var revisions: [UInt64] = []
    for (number, id) in [a, b, a, a, b].enumerated() {
      revisions.append(try world.transact(id, World.put("k", "\(number)")).revision)
      #expect(world.names == ["keys-changed"] && world.records[0].seq == revisions.last)
      #expect(world.records[0].owner == World.ada)
    }
    #expect(revisions == [3, 4, 5, 6, 7])
    #expect(world.state.keyValues[a]?.namespace.root.entry(at: try Key("k"))?.revision == 6)
    for (number, revision) in revisions.enumerated() where [0, 2, 3].contains(number) {
      #expect(world.text(a, "k", at: revision) == "\(number)")
    }
  }

  @Test("What a transaction reads again of its own bears the revision that it gets, also in a new namespace")
  func ownRevision() throws {
    var world = World()
    let answer = try world.transact(
      World.primary, World.put("k", "v"), .get(try Key("k")), by: Samples.owner)
    guard case .got(_, .entry(let entry)) = answer.verdict.outcomes[1] else {
      Issue.record("\(answer.verdict.outcomes)")
      return
    }
    #expect(entry.revision == answer.revision && answer.revision == 2)
    #expect(world.state.keyValues[World.primary]?.namespace.root.entry(at: try Key("k"))?.revision == 2)
  }

  @Test("A refused transaction says where it is wrong, and changes nothing")
  func refusedTransaction() throws {
    var world = World()
    let id = try world.create(World.id("a"))
    #expect(world.refusal(.transact(id, Transaction(then: []))) == .transaction(.init(.transaction, .noOperations)))
    let twice = Transaction(then: [World.put("k", "a"), World.put("k.b", "b")])
    #expect(world.refusal(.transact(id, twice)) == .transaction(.init(.then(1), .writtenTwice(with: 0))))
    #expect(world.state.keyValues[id]?.namespace.revision == 1)
  }

  // MARK: Quotas

  @Test("Keys and bytes stay within the namespace's quota; what shrinks is always allowed")
  func quotas() throws {
    var world = World()
    let id = try world.create(World.id("a"), quota: Self.quota(keys: 2, bytes: 20))
    try world.transact(id, World.put("a", "12345678"), World.put("b", "12345678"))
    #expect(world.state.keyValues.totalBytes == 18)
    let third = Command.transact(id, Transaction(then: [World.put("c", "")]))
    #expect(world.refusal(third) == .transaction(.init(.then(0), .tooManyKeys(limit: 2))))
    let longer = Command.transact(id, Transaction(then: [World.put("a", "12345678901")]))
    #expect(world.refusal(longer) == .transaction(.init(.then(0), .tooManyBytes(limit: 20))))
    // A smaller quota than what is there: only less is allowed.
    try world.run(.changeNamespace(id, description: nil, quota: Self.quota(keys: 1, bytes: 5)))
    #expect(world.refusal(.transact(id, Transaction(then: [World.put("a", "123456789")]))) != nil)
    try world.transact(id, World.put("a", "1234567"))
    try world.transact(id, .delete(try Key("b"), recursive: false))
    #expect(world.state.keyValues.totalBytes == 8)
    let held = try #require(world.state.keyValues[id])
    #expect(held.description == "for a test" && held.namespace.quota == Self.quota(keys: 1, bytes: 5))
  }

  @Test("All namespaces together fit what the instance may hold, blobs included")
  func instanceBytes() throws {
    var world = World()
    let id = try world.create(World.id("a"), quota: Self.quota())
    let most = BrokerLimits.keyValueBytes
    let blob = { (size: Int) in
      Transaction.Operation.put(try! Key("b"), .blob(Samples.digest(1), size: size), .octetStream)
    }
    try world.transact(id, blob(most - 101))
    #expect(world.state.keyValues.totalBytes == most - 100)
    let other = try world.create(World.id("a", of: World.bob), quota: Self.quota())
    let source = NamespaceCreation.Source(id: id, revision: world.state.nextSeq - 1)
    for command: (Command, Principal) in [
      (.transact(other, Transaction(then: [World.put("k", String(repeating: "x", count: 100))])), World.bob),
      (.createNamespace(World.creation(World.id("copy"), quota: Self.quota(), from: source)), World.ada),
    ] {
      guard case .quotaExceeded = world.refusal(command.0, by: command.1) else {
        Issue.record("\(command) was not refused")
        continue
      }
    }
    try world.transact(other, World.put("k", String(repeating: "x", count: 99)), by: World.bob)
    #expect(world.state.keyValues.totalBytes == most)
    try world.transact(id, .delete(try Key("b"), recursive: false))
    #expect(world.state.keyValues.totalBytes == 100)
    try world.run(.removeNamespace(other), by: World.bob)
    #expect(world.state.keyValues.totalBytes == 0)
    #expect(world.refusal(.transact(id, Transaction(then: [blob(most - 1)]))) == nil)
  }

  // MARK: Copies

  @Test("A namespace begins as another was at a revision, and goes its own way")
  func copy() throws {
    var world = World()
    let id = try world.create(World.id("a"))
    let first = try world.transact(id, World.put("k", "old"), World.put("l", "1")).revision
    let second = try world.transact(id, World.put("k", "new")).revision
    let copy = try world.create(World.id("copy"), from: .init(id: id, revision: first))
    #expect(world.text(copy, "k") == "old" && world.state.keyValues[copy]?.namespace.revision == second + 1)
    #expect(world.state.keyValues[copy]?.namespace.root.entry(at: try Key("k"))?.revision == first)
    try world.transact(copy, World.put("k", "mine"))
    #expect(
      world.text(id, "k") == "new" && world.text(copy, "k") == "mine" && world.text(copy, "k", at: second + 1) == "old")
    #expect(world.state.keyValues.totalBytes == 6 + 7)
    // Between commits the earlier one is meant.
    let between = try world.create(World.id("between"), from: .init(id: id, revision: second + 2))
    #expect(world.text(between, "k") == "new")
    // The copy survives its source.
    try world.run(.removeNamespace(id))
    #expect(world.text(copy, "k", at: second + 1) == "old")
  }

  @Test("A copy of a revision that is gone or not yet there, or over its quota, is refused")
  func refusedCopies() throws {
    var world = World()
    let retention = HistoryRetention(
      maximumRevisions: 1, maximumAge: .seconds(60), maximumSupersededBytes: 1 << 20, minimumRevisions: 0)
    let id = try world.create(World.id("a"), retention: retention)
    let revision = try world.transact(id, World.put("k", "v"), World.put("l", "v")).revision
    func refused(_ source: UInt64, quota: NamespaceQuota = .standard) -> Refusal? {
      world.refusal(
        .createNamespace(World.creation(World.id("b"), quota: quota, from: .init(id: id, revision: source))))
    }
    #expect(refused(revision) == nil)
    #expect(refused(revision - 1) == .revisionGone(oldest: revision))
    #expect(refused(world.state.nextSeq) == .revisionGone(oldest: revision))
    let small = "what it is to begin as exceeds its own quota"
    #expect(refused(revision, quota: Self.quota(keys: 1)) == .quotaExceeded(small))
    #expect(refused(revision, quota: Self.quota(bytes: 3)) == .quotaExceeded(small))
  }

  @Test("A copy of a namespace that nothing was written to yet begins empty")
  func copyOfNothing() throws {
    var world = World()
    let id = World.id("a", of: Samples.owner)
    try world.create(id, from: .init(id: World.primary, revision: 0), by: Samples.owner)
    #expect(world.state.keyValues[id]?.namespace.root.totals == Totals())
    #expect(world.state.keyValues[World.primary] == nil)
  }

  // MARK: Time

  @Test("A removed namespace leaves nothing behind")
  func removal() throws {
    var world = World()
    let id = try world.create(World.id("a"))
    try world.transact(id, World.put("k", "v"))
    try world.transact(id, World.put("k", "w"))
    try world.run(.removeNamespace(id))
    #expect(world.names == ["namespace-removed"])
    #expect(world.state.keyValues.difference(from: KeyValueStore()) == nil)
    world.wait(seconds: 1_000_000)
    world.tick()
    #expect(world.records.isEmpty)
    // The name is free again, and what was does not come back.
    try world.create(id)
    #expect(world.text(id, "k") == nil && world.state.keyValues[id]?.namespace.retainedRevisions == 1)
  }

  @Test("A job's namespace is removed seven days after the job's end, and not before")
  func expiry() throws {
    var world = World()
    let job = try world.submit()
    let id = NamespaceID(userID: World.ada.userID, name: try #require(NamespaceID.name(of: job)))
    let small = HistoryRetention.standard
    #expect(small.maximumAge == .seconds(3_600))
    try world.transact(id, World.put("k", "v"))
    world.wait(seconds: 30 * 86_400)
    world.tick()
    #expect(world.state.keyValues[id]?.expiresAt == nil, "its job is active")
    try world.run(.act(.cancel(note: ""), on: job))
    #expect(world.state.keyValues[id]?.expiresAt == world.now.advanced(by: .seconds(7 * 86_400)))
    // It can still be written.
    try world.transact(id, World.put("k", "late"))
    world.wait(seconds: 7 * 86_400 - 1)
    world.tick()
    #expect(world.names == ["keys-compacted"] && world.text(id, "k") == "late")
    world.wait(seconds: 1)
    world.tick()
    #expect(world.names == ["namespace-removed"])
    #expect(world.records[0].owner == World.ada && world.state.keyValues.difference(from: KeyValueStore()) == nil)
  }

  @Test("One tick removes a bounded number of namespaces, and the next ones the rest")
  func boundedTicks() throws {
    var world = World()
    var ids: [NamespaceID] = []
    for _ in 0..<BrokerLimits.namespacesPerTick + 10 {
      let job = try world.submit()
      ids.append(NamespaceID(userID: World.ada.userID, name: try #require(NamespaceID.name(of: job))))
      try world.transact(try #require(ids.last), World.put("k", "v"))
      try world.run(.act(.cancel(note: ""), on: job))
    }
    world.wait(seconds: 8 * 86_400)
    world.tick()
    #expect(world.records.filter { $0.body.name == "namespace-removed" }.count == BrokerLimits.namespacesPerTick)
    #expect(world.records.count <= BrokerLimits.recordsPerCommand)
    world.tick()
    #expect(world.records.filter { $0.body.name == "namespace-removed" }.count == 10)
    world.tick()
    #expect(world.records.isEmpty && world.state.keyValues.difference(from: KeyValueStore()) == nil)
  }

  @Test("A tick drops the history of a namespace that rests for longer than history is kept, once")
  func compaction() throws {
    var world = World()
    let retention = HistoryRetention(
      maximumRevisions: 100, maximumAge: .seconds(10), maximumSupersededBytes: 1 << 20, minimumRevisions: 0)
    let id = try world.create(World.id("a"), retention: retention)
    try world.transact(id, World.put("k", "1"))
    world.wait(seconds: 8)
    let last = try world.transact(id, World.put("k", "2")).revision
    world.wait(seconds: 10)
    world.tick()
    #expect(world.records.isEmpty, "the last commit is as old as allowed")
    #expect(world.state.keyValues[id]?.namespace.retainedRevisions == 3)
    world.wait(seconds: 1)
    world.tick()
    #expect(world.names == ["keys-compacted"])
    let namespace = try #require(world.state.keyValues[id]?.namespace)
    #expect(namespace.retainedRevisions == 1 && namespace.oldestRevision == last && world.text(id, "k") == "2")
    world.wait(seconds: 1_000)
    world.tick()
    #expect(world.records.isEmpty)
  }

  @Test("A namespace that keeps no history is never compacted")
  func noHistory() throws {
    var world = World()
    let retention = HistoryRetention(
      maximumRevisions: 1, maximumAge: .seconds(10), maximumSupersededBytes: 1 << 20, minimumRevisions: 0)
    let id = try world.create(World.id("a"), retention: retention)
    try world.transact(id, World.put("k", "1"))
    world.wait(seconds: 100)
    world.tick()
    #expect(world.records.isEmpty)
  }
}
