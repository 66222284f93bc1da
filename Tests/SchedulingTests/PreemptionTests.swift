import Persistent
import Scheduling
import Testing
import Vocabulary

@Suite("Preemption")
struct PreemptionTests {
  private static func world(nodes: Int, _ policy: SchedulingPolicy = .fcfs) -> PlanningWorld {
    var world = PlanningWorld(nodes: nodes, policy: policy)
    world.problem.preemption = .on
    return world
  }

  private static func victim(_ nodes: Int = 1, priority: UInt32 = 10, after: Int = 0) -> PlanningWorld.Ask {
    .nodes(nodes).with { ($0.priority, $0.preemptibleAfter) = (priority, after) }
  }

  private static func victims(_ world: PlanningWorld) -> [UInt64] { world.plan().preemptions.map(\.rawValue) }

  @Test("The job of least priority goes first, and of one priority the youngest")
  func order() throws {
    var world = Self.world(nodes: 4)
    try world.run(1, Self.victim(priority: 11), until: nil, startedBefore: 10)
    try world.run(2, Self.victim(priority: 10), until: nil, startedBefore: 30)
    try world.run(3, Self.victim(priority: 10), until: nil, startedBefore: 20)
    try world.run(4, .nodes(1), until: nil)
    world.submit(10, .nodes(1))
    #expect(Self.victims(world) == [3])
    world.submit(11, .nodes(1).with { $0.priority = 17 })
    world.problem.defaultRules.policy = .easy
    #expect(Self.victims(world) == [3, 2])
  }

  @Test("Nobody is ended who does not make room, nor more than are needed")
  func fewest() throws {
    var world = Self.world(nodes: 5)
    try world.run(1, Self.victim(priority: 1), until: nil)
    try world.run(2, Self.victim(3, priority: 2), until: nil)
    world.submit(10, .nodes(4))
    // Once the wide one is gone, the narrow one may stay: a node was free already.
    #expect(Self.victims(world) == [2])
    world.submit(11, .nodes(1).with { ($0.priority, $0.requires) = (20, "rank:0") })
    #expect(Self.victims(world) == [1])
  }

  @Test("Nobody is ended when that would not be enough")
  func notEnough() throws {
    var world = Self.world(nodes: 2)
    try world.run(1, Self.victim(), until: nil)
    try world.run(2, .nodes(1), until: nil)
    world.submit(10, .nodes(2))
    #expect(Self.victims(world).isEmpty)
  }

  @Test("Only who said so, has run long enough, and has less priority may be ended; and only if the policy is on")
  func eligible() throws {
    for (ask, isEnded) in [
      (Self.victim(after: 60), true), (Self.victim(after: 61), false), (Self.victim(priority: 16), false),
      (Self.victim(priority: 15), true), (PlanningWorld.Ask.nodes(1), false),
    ] {
      var world = Self.world(nodes: 1)
      try world.run(1, ask, until: nil, startedBefore: 60)
      world.submit(10, .nodes(1))
      #expect(Self.victims(world) == (isEnded ? [1] : []))
      world.problem.preemption = .off
      #expect(Self.victims(world).isEmpty)
    }
  }

  @Test("Who is on the way out already makes room: nobody else is ended for that")
  func onTheWay() throws {
    var world = Self.world(nodes: 2)
    try world.run(1, Self.victim(), until: nil)
    try world.run(2, Self.victim(), until: nil)
    world.submit(10, .nodes(1))
    #expect(Self.victims(world) == [2])
    world.stop(2)
    #expect(Self.victims(world).isEmpty)
  }

  @Test("What the victims leave is kept for the job they were ended for, whatever the policy")
  func kept() throws {
    for policy in [SchedulingPolicy.fcfs, .easy] {
      var world = Self.world(nodes: 2, policy)
      world.problem.queues["other"] = QueueRules(name: "other")
      try world.run(1, Self.victim(), until: nil)
      world.submit(10, .nodes(2, for: 10))
      world.submit(11, .nodes(1, for: 31).with { $0.queue = "other" })
      let plan = world.plan()
      #expect(plan.preemptions.map(\.rawValue) == [1] && plan.placements.isEmpty)
      #expect(world.estimates(plan) == ["10 at 30"])
      world.stop(1)
      #expect(world.plan().placements.isEmpty && world.plan().preemptions.isEmpty)
    }
  }

  @Test("A victim ends sooner than the reservations made before expected")
  func shortened() throws {
    var world = Self.world(nodes: 3, .conservative)
    try world.run(1, Self.victim(priority: 12), until: 500)
    try world.run(2, .nodes(1), until: 100)
    try world.run(3, .nodes(1), until: 300)
    world.submit(9, .nodes(2, for: 50).with { ($0.priority, $0.requires) = (40, "rank:1-2") })
    world.submit(10, .nodes(1, for: 50).with { ($0.priority, $0.requires) = (13, "rank:0") })
    let plan = world.plan()
    #expect(plan.preemptions.map(\.rawValue) == [1])
    #expect(world.estimates(plan) == ["9 at 300", "10 at 30"])
  }
}
