@testable import BrokerCore
import Jobs
import KeyValues
import Persistent
import TestKit
import Testing
import Vocabulary

@Suite("Fences and barriers")
struct FenceTests {
  typealias World = NamespaceWorld

  private static let name = NamespaceName("f")!

  private static func arrival(
    _ fence: FenceID, _ participant: String, of size: Int, _ operations: Transaction.Operation...
  ) -> FenceArrival {
    FenceArrival(fence: fence, size: size, participant: participant, changes: operations.compactMap(\.asChange))
  }

  private static func join(
    _ world: inout World, _ arrival: FenceArrival, by principal: Principal = World.ada
  ) throws -> FenceAnswer {
    let answer = try world.run(.joinFence(arrival), by: principal)
    guard case .fence(let fence) = answer else { throw UnexpectedAnswer(answer: answer) }
    return fence
  }

  private static func world() throws -> (World, NamespaceID, FenceID) {
    var world = World()
    let id = try world.create(World.id("a"))
    return (world, id, FenceID(fence: name, of: id))
  }

  @Test("When all have come, what they want is one commit, in the order of their arrival")
  func round() throws {
    var (world, id, fence) = try Self.world()
    let key = try Key("log")
    for (index, participant) in ["x", "y"].enumerated() {
      let arrival = Self.arrival(
        fence, participant, of: 3, .append(key, Array(participant.utf8), .octetStream), World.put(participant, "1"))
      #expect(try Self.join(&world, arrival) == .waiting(arrived: index + 1, size: 3))
      #expect(world.names == ["fence-joined"] && world.text(id, "log") == nil)
    }
    let last = Self.arrival(fence, "z", of: 3, .append(key, Array("z".utf8), .octetStream))
    let answer = try Self.join(&world, last)
    #expect(world.names == ["fence-joined", "keys-changed", "fence-ended"])
    #expect(answer == .ended(.complete(revision: world.records[1].seq)))
    #expect(world.text(id, "log") == "xyz" && world.text(id, "x") == "1" && world.text(id, "y") == "1")
    #expect(world.state.keyValues[id]?.namespace.retainedRevisions == 2, "one commit")
    #expect(world.state.keyValues.rounds.isEmpty)
  }

  @Test("A participant that asks again joins once, and is told what its round came to")
  func retries() throws {
    var (world, id, fence) = try Self.world()
    let first = Self.arrival(fence, "x", of: 2, World.put("k", "x"))
    _ = try Self.join(&world, first)
    #expect(try Self.join(&world, first) == .waiting(arrived: 1, size: 2))
    #expect(world.records.isEmpty)
    let answer = try Self.join(&world, Self.arrival(fence, "y", of: 2))
    let revision = try #require(world.state.keyValues[id]?.namespace.revision)
    #expect(answer == .ended(.complete(revision: revision)))
    for participant in ["x", "y"] {
      #expect(try Self.join(&world, Self.arrival(fence, participant, of: 2, World.put("k", "again"))) == answer)
      #expect(world.records.isEmpty && world.text(id, "k") == "x")
    }
    // The name is free for others, and the next round has its own answer.
    #expect(try Self.join(&world, Self.arrival(fence, "v", of: 1)) != answer)
    #expect(try Self.join(&world, first) == answer)
  }

  @Test("All must say the same size")
  func sizes() throws {
    var (world, _, fence) = try Self.world()
    _ = try Self.join(&world, Self.arrival(fence, "x", of: 3))
    #expect(world.refusal(.joinFence(Self.arrival(fence, "y", of: 2))) == .fenceMismatch(size: 3))
    #expect(world.refusal(.joinFence(Self.arrival(fence, "x", of: 2))) == .fenceMismatch(size: 3))
    #expect(try Self.join(&world, Self.arrival(fence, "y", of: 3)) == .waiting(arrived: 2, size: 3))
  }

  @Test("When what all want cannot be done together, nothing is, and all are told so")
  func failure() throws {
    var (world, id, fence) = try Self.world()
    let revision = world.state.keyValues[id]?.namespace.revision
    _ = try Self.join(&world, Self.arrival(fence, "x", of: 2, World.put("d.k", "x")))
    // Alone it would find nothing to delete; after the other it finds a directory that is not empty.
    let answer = try Self.join(&world, Self.arrival(fence, "y", of: 2, .delete(try Key("d"), recursive: false)))
    #expect(world.names == ["fence-joined", "fence-ended"])
    guard case .ended(.failed) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(world.text(id, "d.k") == nil && world.state.keyValues[id]?.namespace.revision == revision)
    #expect(try Self.join(&world, Self.arrival(fence, "x", of: 2)) == answer)
  }

  @Test("What could not be done alone is refused on arrival, and the round waits for another try")
  func refusedArrival() throws {
    var (world, id, fence) = try Self.world()
    try world.transact(id, World.put("d.k", "v"))
    _ = try Self.join(&world, Self.arrival(fence, "x", of: 2, World.put("k", "x")))
    let impossible = Self.arrival(fence, "y", of: 2, .delete(try Key("d"), recursive: false))
    #expect(world.refusal(.joinFence(impossible)) == .transaction(.init(.then(0), .directoryNotEmpty)))
    let possible = Self.arrival(fence, "y", of: 2, .delete(try Key("d"), recursive: true))
    guard case .ended(.complete) = try Self.join(&world, possible) else {
      Issue.record("not complete")
      return
    }
    #expect(world.text(id, "k") == "x" && world.text(id, "d.k") == nil)
  }

  @Test("A fence obeys the namespace's quota when all have come")
  func quota() throws {
    var world = World()
    let quota = NamespaceQuota(maximumKeys: 1, maximumBytes: 1_000, maximumWatchers: 1)
    let id = try world.create(World.id("a"), quota: quota)
    let fence = FenceID(fence: Self.name, of: id)
    _ = try Self.join(&world, Self.arrival(fence, "x", of: 2, World.put("k", "x")))
    let answer = try Self.join(&world, Self.arrival(fence, "y", of: 2, World.put("l", "y")))
    guard case .ended(.failed) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(world.state.keyValues[id]?.namespace.root.totals.entries == 0)
  }

  @Test("A fence's commit makes a job's namespace, and its revision is the commit's")
  func implicitNamespace() throws {
    var world = World()
    let job = try world.submit()
    let id = NamespaceID(userID: World.ada.userID, name: try #require(NamespaceID.name(of: job)))
    let fence = FenceID(fence: Self.name, of: id)
    #expect(world.refusal(.joinFence(Self.arrival(fence, "x", of: 1)), by: World.bob) == .unknownNamespace)
    let answer = try Self.join(&world, Self.arrival(fence, "x", of: 1, World.put("k", "v")))
    #expect(world.names == ["fence-joined", "namespace-created", "keys-changed", "fence-ended"])
    #expect(answer == .ended(.complete(revision: world.records[2].seq)))
    #expect(world.state.keyValues[id]?.namespace.revision == world.records[2].seq)
    #expect(world.state.keyValues[id]?.namespace.root.entry(at: try Key("k"))?.revision == world.records[2].seq)
  }

  @Test("A round that changes nothing makes no commit")
  func nothingToCommit() throws {
    var (world, id, fence) = try Self.world()
    let delete = Self.arrival(fence, "x", of: 1, .delete(try Key("none"), recursive: false))
    #expect(try Self.join(&world, delete) == .ended(.complete(revision: 1)))
    #expect(world.names == ["fence-joined", "fence-ended"] && world.state.keyValues[id]?.namespace.revision == 1)
    // Where nobody asked for anything it is the last arrival.
    #expect(
      try Self.join(&world, Self.arrival(fence, "y", of: 1)) == .ended(.complete(revision: world.state.nextSeq - 2)))
    #expect(world.records[0].seq == world.state.nextSeq - 2)
  }

  @Test("A round that nobody joined for an hour is dropped, and who comes then is told so")
  func droppedRound() throws {
    var (world, id, fence) = try Self.world()
    _ = try Self.join(&world, Self.arrival(fence, "x", of: 3, World.put("k", "x")))
    world.wait(seconds: 3_000)
    _ = try Self.join(&world, Self.arrival(fence, "y", of: 3))
    world.wait(seconds: 3_600)
    world.tick()
    #expect(world.records.isEmpty, "the last one came an hour ago, no longer")
    world.wait(seconds: 1)
    world.tick()
    #expect(world.names == ["fence-ended"])
    #expect(world.state.keyValues.rounds.isEmpty && world.text(id, "k") == nil)
    let answer = try Self.join(&world, Self.arrival(fence, "x", of: 3))
    guard case .ended(.failed) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(try Self.join(&world, Self.arrival(fence, "z", of: 2)) == .waiting(arrived: 1, size: 2))
  }

  @Test("After ten minutes a round is forgotten, and the same participants may meet again")
  func forgotten() throws {
    var (world, id, fence) = try Self.world()
    _ = try Self.join(&world, Self.arrival(fence, "x", of: 1, World.put("k", "1")))
    world.wait(seconds: 300)
    _ = try Self.join(&world, Self.arrival(fence, "y", of: 1))
    world.wait(seconds: 300)
    world.tick()
    #expect(world.records.isEmpty)
    world.wait(seconds: 1)
    world.tick()
    #expect(world.names == ["fences-forgotten"])
    #expect(world.state.keyValues.memories[fence]?.map(\.participants) == [["y"]])
    _ = try Self.join(&world, Self.arrival(fence, "x", of: 1, World.put("k", "2")))
    #expect(world.text(id, "k") == "2")
    world.wait(seconds: 601)
    world.tick()
    #expect(world.state.keyValues.memories.isEmpty)
    world.tick()
    #expect(world.records.isEmpty)
  }

  @Test("A barrier lets all go at once, commits nothing, and is each user's own")
  func barriers() throws {
    var world = World()
    let (mine, theirs) = (
      FenceID(barrier: Self.name, userID: World.ada.userID), FenceID(barrier: Self.name, userID: World.bob.userID)
    )
    #expect(try Self.join(&world, Self.arrival(mine, "x", of: 2)) == .waiting(arrived: 1, size: 2))
    let other = try Self.join(&world, Self.arrival(theirs, "y", of: 2), by: World.bob)
    #expect(other == .waiting(arrived: 1, size: 2))
    #expect(world.refusal(.joinFence(Self.arrival(mine, "y", of: 2)), by: World.bob) == .unknownNamespace)
    #expect(world.refusal(.joinFence(Self.arrival(mine, "y", of: 2)), by: Samples.owner) == .unknownNamespace)
    let answer = try Self.join(&world, Self.arrival(mine, "z", of: 2))
    #expect(world.names == ["fence-joined", "fence-ended"])
    #expect(answer == .ended(.complete(revision: world.records[0].seq)))
    #expect(world.state.keyValues.namespaces.isEmpty)
    #expect(world.state.keyValues.rounds[theirs]?.participants == ["y"])
  }

  @Test("A fence and a barrier of one name, and fences of two namespaces, are different ones")
  func scopes() throws {
    var (world, id, fence) = try Self.world()
    let other = try world.create(World.id("b"))
    let fences = [
      fence, FenceID(fence: Self.name, of: other), FenceID(barrier: Self.name, userID: World.ada.userID),
      FenceID(barrier: id.name, userID: World.ada.userID),
    ]
    for fence in fences {
      #expect(try Self.join(&world, Self.arrival(fence, "x", of: 2)) == .waiting(arrived: 1, size: 2))
    }
    #expect(world.state.keyValues.rounds.count == 4)
  }

  @Test("With its namespace a fence is gone: nobody meets participants from before")
  func removedNamespace() throws {
    var (world, id, fence) = try Self.world()
    let second = FenceID(fence: NamespaceName("g")!, of: id)
    let elsewhere = FenceID(fence: Self.name, of: try world.create(World.id("aa")))
    for fence in [fence, second, elsewhere] {
      _ = try Self.join(&world, Self.arrival(fence, "x", of: 2, World.put("k", "old")))
    }
    _ = try Self.join(&world, Self.arrival(second, "y", of: 2))
    try world.run(.removeNamespace(id))
    #expect(Array(world.state.keyValues.rounds.keys) == [elsewhere] && world.state.keyValues.memories.isEmpty)
    try world.create(id)
    #expect(try Self.join(&world, Self.arrival(fence, "x", of: 2)) == .waiting(arrived: 1, size: 2))
    #expect(try Self.join(&world, Self.arrival(second, "y", of: 1)) != .waiting(arrived: 1, size: 1))
    #expect(world.text(id, "k") == nil)
  }

  @Test("A tick that removes a namespace has its rounds go with it")
  func removedByTick() throws {
    var world = World()
    let job = try world.submit()
    let id = NamespaceID(userID: World.ada.userID, name: try #require(NamespaceID.name(of: job)))
    try world.transact(id, World.put("k", "v"))
    _ = try Self.join(&world, Self.arrival(FenceID(fence: Self.name, of: id), "x", of: 2))
    try world.run(.act(.cancel(note: ""), on: job))
    world.wait(seconds: 8 * 86_400)
    world.tick()
    #expect(world.names == ["namespace-removed"])
    #expect(world.state.keyValues.difference(from: KeyValueStore()) == nil)
  }

  @Test("There is a limit to the operations of one fence, and to the fences under way")
  func limits() throws {
    var (world, _, fence) = try Self.world()
    let most = KeyValueLimits.transactionOperations
    let full = BrokerLimits.changesPerFence / most
    for number in 0..<full {
      let changes = (0..<most).map { Change.delete(try! Key("k\($0)")) }
      let arrival = FenceArrival(fence: fence, size: full + 2, participant: "x\(number)", changes: changes)
      #expect(try Self.join(&world, arrival) == .waiting(arrived: number + 1, size: full + 2))
    }
    let more = Self.arrival(fence, "y", of: full + 2, World.put("k", "v"))
    guard case .quotaExceeded = world.refusal(.joinFence(more)) else {
      Issue.record("one operation too many")
      return
    }
    let idle = Self.arrival(fence, "y", of: full + 2)
    #expect(try Self.join(&world, idle) == .waiting(arrived: full + 1, size: full + 2))
    let round = try #require(world.state.keyValues.rounds[fence])
    for number in 1..<BrokerLimits.fenceRounds {
      world.state.keyValues.insert(round, FenceID(fence: NamespaceName("g\(number)")!, of: fence.scope))
    }
    let another = FenceID(barrier: Self.name, userID: World.ada.userID)
    guard case .quotaExceeded = world.refusal(.joinFence(Self.arrival(another, "x", of: 2))) else {
      Issue.record("one round too many")
      return
    }
    #expect(world.refusal(.joinFence(Self.arrival(fence, "z", of: full + 2))) == nil, "those under way go on")
  }
}
