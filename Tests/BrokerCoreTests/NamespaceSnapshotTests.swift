@testable import BrokerCore
import Jobs
import KeyValues
import Persistent
import TestKit
import Testing
import Vocabulary

@Suite("Namespaces in snapshots")
struct NamespaceSnapshotTests {
  typealias World = NamespaceWorld

  private static let retentions = [
    HistoryRetention.standard,
    HistoryRetention(
      maximumRevisions: 3, maximumAge: .seconds(50), maximumSupersededBytes: 1 << 20, minimumRevisions: 0),
    HistoryRetention(maximumRevisions: 90, maximumAge: .seconds(500), maximumSupersededBytes: 900, minimumRevisions: 2),
  ]

  /// One random thing, refused or not.
  private static func act(_ world: inout World, _ random: inout SeededRandom, _ jobs: inout [JobID]) {
    let user = random.chance(500) ? World.ada : World.bob
    let id = World.id(random.pick(["a", "b"]), of: user)
    world.wait(seconds: Int64(random.below(40)))
    switch random.below(16) {
    case 0:
      let revision = world.state.nextSeq - min(world.state.nextSeq, UInt64(random.within(1...9)))
      let source = NamespaceCreation.Source(id: World.id("a", of: user), revision: revision)
      _ = try? world.create(id, retention: random.pick(retentions), from: random.chance(300) ? source : nil)
    case 1 where random.chance(200): _ = try? world.run(.removeNamespace(id), by: user)
    case 2: _ = try? world.run(.changeNamespace(id, description: "\(random.below(9))", quota: nil), by: user)
    case 3:
      if random.chance(400), let job = try? world.submit(by: user) { jobs.append(job) }
      if random.chance(200), !jobs.isEmpty {
        _ = try? world.run(.act(.cancel(note: ""), on: jobs.remove(at: random.below(jobs.count))), by: Samples.owner)
      }
    case 4:
      guard let job = jobs.last, let name = NamespaceID.name(of: job), let owner = world.state.jobs[job]?.owner else {
        return
      }
      _ = try? world.transact(
        NamespaceID(userID: owner.userID, name: name), World.put("k", "\(random.below(99))"), by: owner)
    case 5, 6:
      let fence =
        random.chance(300)
        ? FenceID(barrier: id.name, userID: user.userID)
        : FenceID(fence: random.pick([id.name, NamespaceName("g")!]), of: id)
      let changes = fence.kind == .barrier ? [] : RandomRecords(random: random).changedKeys
      let participant = "p\(random.below(900))"
      _ = try? world.run(
        .joinFence(FenceArrival(fence: fence, size: 2, participant: participant, changes: changes)), by: user)
    case 7: world.tick()
    default:
      var source = RandomRecords(random: random)
      let operations = source.changes().map { Transaction.Operation($0) }
      random = source.random
      _ = try? world.run(.transact(id, Transaction(then: operations)), by: user)
    }
  }

  @Test("A state comes back from its snapshot as it was: heads, every retained revision, fences and indexes")
  func roundTrip() throws {
    var (states, namespaces, rounds, memories, expiring) = (0, 0, 0, 0, 0)
    for seed in UInt64(1)...25 {
      var random = SeededRandom(seed: seed)
      var world = World()
      var jobs: [JobID] = []
      for step in 0..<240 {
        Self.act(&world, &random, &jobs)
        guard step % 20 == 19 else { continue }
        let chunks = World.packed(world.state)
        let back = try World.unpacked(chunks)
        let store = world.state.keyValues
        try #require(store.difference(from: back.keyValues) == nil, "seed \(seed), step \(step)")
        try #require(World.packed(back) == chunks, "seed \(seed), step \(step)")
        states += store.namespaces.reduce(0) { $0 + $1.value.namespace.retainedRevisions }
        namespaces += store.namespaces.count
        rounds += store.rounds.count
        memories += store.memories.count
        expiring += store.expiring.count
        // Half of the worlds go on from what was restored: nothing that follows may tell.
        if seed % 2 == 0 { world.state = back }
      }
    }
    #expect(states > 2_000 && namespaces > 200 && rounds > 50 && memories > 50 && expiring > 20, "there was something")
  }

  @Test("A restored state decides and folds what follows as the one that was never restored")
  func continuation() throws {
    for seed in UInt64(1)...10 {
      var random = SeededRandom(seed: seed)
      var world = World()
      var jobs: [JobID] = []
      for _ in 0..<120 { Self.act(&world, &random, &jobs) }
      var (other, otherRandom, otherJobs) = (world, random, jobs)
      other.state = try World.unpacked(World.packed(world.state))
      for step in 0..<120 {
        Self.act(&world, &random, &jobs)
        Self.act(&other, &otherRandom, &otherJobs)
        try #require(world.names == other.names, "seed \(seed), step \(step)")
      }
      try #require(world.state.keyValues.difference(from: other.state.keyValues) == nil, "seed \(seed)")
      try #require(World.packed(world.state) == World.packed(other.state), "seed \(seed)")
    }
  }

  @Test("A snapshot of version 1, from before there were namespaces, is still read")
  func versionOne() throws {
    var world = World()
    let request = TokenRequest(
      id: "t", digest: Samples.digest(1), user: "user1", suggestedUserID: 1_001, role: .user, lifetime: nil, note: "")
    try world.run(.issueToken(request), by: Samples.owner)
    for _ in 0..<3 { _ = try world.submit() }
    let now = World.packed(world.state)
    #expect(now.count == 2 && now[0][0] == 5 && now[1][0] == SnapshotChunk.jobs.rawValue)
    // As version 1 wrote them: another first byte of the head, no topics and nothing that came after them, and chunks
    // of jobs that do not say so.
    var later = PackedWriter()
    world.state.packTopics(into: &later)
    world.state.packHoldings(into: &later)
    let old = [[UInt8(1)] + now[0].dropFirst().dropLast(later.count + 3), Array(now[1].dropFirst())]
    let back = try World.unpacked(old)
    #expect(World.packed(back) == now && back.jobs.count == 3 && back.keyValues.namespaces.isEmpty)
    // An empty broker's, byte by byte: version, epoch, next record, last job, no inventory, no jobspecs, users,
    // tokens, answers and operations, no shepherd, unknown, no results.
    let empty = try World.unpacked([[1, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    #expect(empty.epoch == 3 && empty.nextSeq == 1 && empty.jobs.isEmpty)
  }

  @Test("Snapshots of version 3, from before reservations and programs around jobs, and of version 4 are read")
  func versionThree() throws {
    var world = World()
    _ = try world.submit()
    let now = World.packed(world.state)
    var holdings = PackedWriter()
    world.state.packHoldings(into: &holdings)
    // No description, origin, departures and allocations come before the reservations, of which there are none.
    let place = now[0].count - 3 - holdings.count + 4
    try #require(now[0][place] == 0)
    // Three programs that there are not, no housekeeping, and nothing that was purged.
    let programs = now[0].count - 3 - 5
    try #require(Array(now[0][programs..<programs + 5]) == [0, 0, 0, 0, 0])
    let old = [UInt8(3)] + now[0][1..<place] + now[0][(place + 1)..<programs] + now[0][(programs + 5)...].dropLast()
    #expect(World.packed(try World.unpacked([old] + now.dropFirst())) == now)
    // Version 4 ended before the kept results.
    let four = [UInt8(4)] + now[0].dropFirst().dropLast()
    #expect(World.packed(try World.unpacked([four] + now.dropFirst())) == now)
  }

  @Test("A snapshot of a later version or with an unknown kind of chunk is refused")
  func unknownForms() throws {
    var world = World()
    let id = try world.create(World.id("a"))
    try world.transact(id, World.put("k", "v"))
    let chunks = World.packed(world.state)
    #expect(chunks.dropFirst().map { $0[0] } == [2, 3, 3, 3, 3])
    for version in [UInt8(0), 6, 255] {
      #expect(throws: PackedError.self) { try World.unpacked([[version] + chunks[0].dropFirst()] + chunks.dropFirst()) }
    }
    for kind in [UInt8(0), 6, 255] {
      #expect(throws: PackedError.self) { try World.unpacked(chunks + [[kind, 0]]) }
    }
  }

  @Test("A snapshot of which chunks are missing, repeated or cut is refused, and never stops the process")
  func damage() throws {
    var world = World()
    let id = try world.create(World.id("a"), retention: Self.retentions[1])
    for number in 0..<4 { try world.transact(id, World.put("k\(number)", "v")) }
    let arrival = FenceArrival(fence: FenceID(fence: id.name, of: id), size: 2, participant: "p", changes: [])
    try world.run(.joinFence(arrival))
    let chunks = World.packed(world.state)
    #expect(chunks.last?.first == SnapshotChunk.fences.rawValue)
    // Without its fences a snapshot is one of a broker that has none.
    for missing in 1..<chunks.count - 1 {
      var rest = chunks
      rest.remove(at: missing)
      #expect(throws: PackedError.self, "without \(missing)") { try World.unpacked(rest) }
      // Entries that come twice are the same ones.
      guard !chunks[missing].starts(with: [SnapshotChunk.keys.rawValue, 2]) else { continue }
      rest = chunks
      rest.insert(chunks[missing], at: missing)
      #expect(throws: PackedError.self, "twice \(missing)") { try World.unpacked(rest) }
    }
    for (index, chunk) in chunks.enumerated() where index > 0 {
      for length in 0..<chunk.count {
        var rest = chunks
        rest[index] = Array(chunk.prefix(length))
        #expect(throws: PackedError.self, "\(length) bytes of \(index)") { try World.unpacked(rest) }
      }
    }
    var refused = 0
    var random = SeededRandom(seed: 5)
    for _ in 0..<3_000 {
      var rest = chunks
      let index = random.within(1...chunks.count - 1)
      rest[index][random.below(rest[index].count)] ^= UInt8(truncatingIfNeeded: random.next() | 1)
      do { _ = try World.unpacked(rest) } catch { refused += 1 }
    }
    #expect(refused > 500)
  }
}

extension RandomRecords {
  fileprivate var changedKeys: [Change] {
    var copy = self
    return copy.changes()
  }
}
