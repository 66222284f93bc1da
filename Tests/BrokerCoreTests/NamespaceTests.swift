@testable import BrokerCore
import Jobs
import KeyValues
import Persistent
import TestKit
import Testing
import Vocabulary

@Suite("Whose namespaces are, and how they come into being")
struct NamespaceTests {
  typealias World = NamespaceWorld

  @Test("A namespace is made once, by hand, and belongs to who made it")
  func creation() throws {
    var world = World()
    let id = try world.create(World.id("a"))
    #expect(world.names == ["namespace-created"])
    let held = try #require(world.state.keyValues[id])
    #expect(held.owner == World.ada && held.createdSeq == 1 && held.namespace.revision == 1)
    #expect(held.description == "for a test" && held.expiresAt == nil)
    #expect(world.refusal(.createNamespace(World.creation(id))) == .namespaceExists)
  }

  @Test("Names are each user's own")
  func names() throws {
    var world = World()
    let (mine, theirs) = (World.id("a"), World.id("a", of: World.bob))
    try world.create(mine)
    try world.create(theirs)
    try world.transact(mine, World.put("k", "ada's"))
    try world.transact(theirs, World.put("k", "bob's"), by: World.bob)
    #expect(world.text(mine, "k") == "ada's" && world.text(theirs, "k") == "bob's")
    let name = NamespaceName("a")!
    #expect(world.state.namespaceID(name, of: nil, for: Samples.attribution(World.bob)) == theirs)
    #expect(world.state.namespaceID(name, of: "user2", for: Samples.attribution(World.bob)) == theirs)
    #expect(world.state.namespaceID(name, of: "user1", for: Samples.attribution(World.bob)) == nil)
    // The owner finds whoever was given a token.
    #expect(world.state.namespaceID(name, of: "user1", for: Samples.attribution(Samples.owner)) == nil)
    let request = TokenRequest(
      id: "t", digest: Samples.digest(1), user: "user1", suggestedUserID: World.ada.userID, role: .user, lifetime: nil,
      note: "")
    try world.run(.issueToken(request), by: Samples.owner)
    #expect(world.state.namespaceID(name, of: "user1", for: Samples.attribution(Samples.owner)) == mine)
  }

  @Test("Another's namespace looks like none, whatever is done to it")
  func foreign() throws {
    var world = World()
    let id = try world.create(World.id("a"))
    let fence = FenceID(fence: id.name, of: id)
    let commands: [Command] = [
      .transact(id, Transaction(then: [.get(try Key("k"))])), .transact(id, Transaction(then: [World.put("k", "x")])),
      .changeNamespace(id, description: "mine", quota: nil), .removeNamespace(id),
      .joinFence(FenceArrival(fence: fence, size: 1, participant: "p", changes: [])),
      .createNamespace(World.creation(World.id("b", of: World.bob), from: .init(id: id, revision: 1))),
    ]
    for command in commands {
      #expect(world.refusal(command, by: World.bob) == .unknownNamespace, "\(command)")
      #expect(world.refusal(command, by: Samples.owner) != .unknownNamespace, "the owner may: \(command)")
    }
    #expect(world.state.namespace(id, for: Samples.attribution(World.bob)) == nil)
    #expect(world.refusal(.transact(World.id("none"), Transaction(then: [World.put("k", "")]))) == .unknownNamespace)
    // For another user nobody makes any.
    #expect(world.refusal(.createNamespace(World.creation(World.id("c"))), by: World.bob) == .forbidden(Self.byHand))
  }

  private static let byHand = "a namespace of this name is not made by hand"

  @Test("`primary` is the instance owner's alone, and comes with its first write")
  func primary() throws {
    var world = World()
    let name = World.primary.name
    #expect(world.state.namespaceID(name, of: nil, for: Samples.attribution(World.ada)) == nil)
    #expect(world.state.namespaceID(name, of: nil, for: Samples.attribution(Samples.owner)) == World.primary)
    let put = Transaction(then: [World.put("k", "v")])
    #expect(world.refusal(.transact(World.primary, put)) == .unknownNamespace)
    let before = try #require(world.state.namespace(World.primary, for: Samples.attribution(Samples.owner)))
    #expect(before.createdSeq == nil && before.namespace.root.totals == Totals())

    let answer = try world.transact(World.primary, World.put("k", "v"), by: Samples.owner)
    #expect(world.names == ["namespace-created", "keys-changed"])
    #expect(answer.revision == world.records[1].seq, "the revision is the commit's, not the creation's")
    #expect(world.state.keyValues[World.primary]?.namespace.revision == answer.revision)
    #expect(world.refusal(.transact(World.primary, put)) == .unknownNamespace)
    #expect(
      world.refusal(.removeNamespace(World.primary), by: Samples.owner)
        == .forbidden("the instance always has a primary namespace"))
  }

  @Test("Nobody makes a namespace by hand that would have the name of the instance's or of a job's")
  func reservedNames() throws {
    var world = World()
    let job = try world.submit()
    for principal in [World.ada, Samples.owner] {
      for name in ["primary", NamespaceID.name(of: job)!.text, "job-f7"] {
        let id = World.id(name, of: principal)
        #expect(
          world.refusal(.createNamespace(World.creation(id)), by: principal) == .forbidden(Self.byHand), "\(name)")
      }
    }
    // Names that only resemble a job's.
    for name in ["job-", "job-7", "job-F7", "job-f07", "primary2"] where NamespaceName(name) != nil {
      try world.create(World.id(name))
    }
  }

  @Test("A job's namespace is its owner's, and comes with its first write while the job is active")
  func jobs() throws {
    var world = World()
    let job = try world.submit()
    let name = try #require(NamespaceID.name(of: job))
    #expect(name.text == "job-\(job.f58)")
    let id = NamespaceID(userID: World.ada.userID, name: name)
    // Everybody's words lead there; only who may know the job finds it.
    for principal in [World.ada, World.bob, Samples.owner] {
      #expect(world.state.namespaceID(name, of: nil, for: Samples.attribution(principal)) == id)
    }
    #expect(world.state.namespace(id, for: Samples.attribution(World.bob)) == nil)
    #expect(world.refusal(.transact(id, Transaction(then: [World.put("k", "v")])), by: World.bob) == .unknownNamespace)
    // Not by the same name of another user.
    let wrong = NamespaceID(userID: World.bob.userID, name: name)
    #expect(
      world.refusal(.transact(wrong, Transaction(then: [World.put("k", "v")])), by: World.bob) == .unknownNamespace)

    try world.transact(id, World.put("k", "v"), by: Samples.owner)
    #expect(world.names == ["namespace-created", "keys-changed"])
    #expect(world.state.keyValues[id]?.owner == World.ada)
    #expect(world.state.keyValues.ofJobs[job] == id)
    // The ended job's is still found by its name.
    try world.run(.act(.cancel(note: ""), on: job))
    #expect(world.state.jobs.isEmpty)
    #expect(world.state.namespaceID(name, of: nil, for: Samples.attribution(World.ada)) == id)
    #expect(world.state.namespaceID(name, of: nil, for: Samples.attribution(World.bob)) == id)
    #expect(world.state.namespace(id, for: Samples.attribution(World.bob)) == nil)
    // An ended job that never wrote has none.
    let silent = try world.submit()
    try world.run(.act(.cancel(note: ""), on: silent))
    let none = NamespaceID(userID: World.ada.userID, name: try #require(NamespaceID.name(of: silent)))
    #expect(world.refusal(.transact(none, Transaction(then: [World.put("k", "v")]))) == .unknownNamespace)
  }

  @Test("What only reads or changes nothing makes neither a record nor a namespace")
  func readsMakeNothing() throws {
    var world = World()
    for operation: Transaction.Operation in [
      .get(try Key("k")), .list(.root, limit: 3), .delete(try Key("k"), recursive: true),
    ] {
      let answer = try world.transact(World.primary, operation, by: Samples.owner)
      #expect(world.records.isEmpty && answer.revision == 0)
    }
    #expect(world.state.keyValues.namespaces.isEmpty)

    let id = try world.create(World.id("a"))
    let written = try world.transact(id, .makeDirectory(try Key("d")))
    #expect(try world.transact(id, .makeDirectory(try Key("d"))).revision == written.revision)
    #expect(world.records.isEmpty)
    // Comparisons that fail, with nothing to do otherwise.
    let compare = Transaction(compares: [.exists(try Key("k"), true)], then: [World.put("k", "v")])
    let answer = try world.run(.transact(id, compare))
    guard case .transacted(let transacted) = answer else { throw UnexpectedAnswer(answer: answer) }
    #expect(!transacted.verdict.succeeded && transacted.revision == written.revision && world.records.isEmpty)
  }

  @Test("Whoever has as many namespaces as one may gets no more")
  func tooMany() throws {
    var world = World()
    try world.create(World.id("a"))
    world.state.keyValues.counts[World.ada.userID] = BrokerLimits.namespacesPerUser
    guard case .quotaExceeded = world.refusal(.createNamespace(World.creation(World.id("b")))) else {
      Issue.record("one too many")
      return
    }
    #expect(world.refusal(.createNamespace(World.creation(World.id("b", of: World.bob))), by: World.bob) == nil)
  }
}
