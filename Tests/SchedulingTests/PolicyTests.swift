import Jobs
import Persistent
import ResourceGraph
import Scheduling
import Testing
import Vocabulary

@Suite("Scheduling policies")
struct PolicyTests {
  /// Four nodes, three of them busy until 100; a wide job waits ahead of short and long narrow ones.
  private static func crowd(_ policy: SchedulingPolicy) throws -> PlanningWorld {
    var world = PlanningWorld(nodes: 4, policy: policy)
    try world.run(1, .nodes(3), until: 100)
    world.submit(10, .nodes(4, for: 50))
    world.submit(11, .nodes(1, for: 200))
    world.submit(12, .nodes(1, for: 100))
    world.submit(13, .nodes(2, for: 30))
    return world
  }

  @Test("First come, first served: a job that does not fit holds back all behind it")
  func fcfs() throws {
    let world = try Self.crowd(.fcfs)
    let plan = world.plan()
    #expect(world.starts(plan).isEmpty && world.estimates(plan).isEmpty)
    #expect(plan.outlooks.map(\.job.rawValue) == [10])
    #expect(world.reason(10, plan) == "waits for 4 nodes, 1 free")
    #expect(plan.origin == 7)
  }

  @Test("EASY: what ends before the first waiting job starts may overtake it, to the very moment")
  func easy() throws {
    let world = try Self.crowd(.easy)
    let plan = world.plan()
    #expect(world.starts(plan) == ["12 on 3 by backfill"])
    #expect(world.estimates(plan) == ["10 at 100"])
    #expect(world.reason(11, plan) == "what is free is reserved for jobs ahead of it")
    #expect(world.reason(13, plan) == "waits for 2 nodes, 0 free")
  }

  @Test("EASY: what runs beside the reserved resources may take as long as it likes")
  func easyBeside() throws {
    var world = PlanningWorld(nodes: 5, policy: .easy)
    try world.run(1, .nodes(3), until: 100)
    world.submit(10, .nodes(4, for: 50))
    world.submit(11, .nodes(1, for: 1_000))
    world.submit(12, .nodes(1, for: 1_000))
    let plan = world.plan()
    // The reservation has nodes 0 to 3.
    #expect(world.starts(plan) == ["11 on 4 by backfill"])
    #expect(world.estimates(plan) == ["10 at 100"])
  }

  @Test("EASY delays the second waiting job where conservative does not")
  func easyAndConservative() throws {
    for (policy, starts, estimates) in [
      (SchedulingPolicy.easy, ["12 on 2 by backfill"], ["10 at 100"]),
      (.conservative, [], ["10 at 100", "11 at 150", "12 at 180"]),
      (.hybrid(depth: 1), ["12 on 2 by backfill"], ["10 at 100"]),
      (.hybrid(depth: 2), [], ["10 at 100", "11 at 150"]),
    ] {
      var world = PlanningWorld(nodes: 3, policy: policy)
      try world.run(1, .nodes(2), until: 100)
      world.submit(10, .nodes(2, for: 50))
      world.submit(11, .nodes(3, for: 30))
      world.submit(12, .nodes(1, for: 160))
      let plan = world.plan()
      #expect(world.starts(plan) == starts, "\(policy.text)")
      #expect(world.estimates(plan) == estimates, "\(policy.text)")
    }
  }

  @Test("Conservative: a later job takes the first hole that delays nobody")
  func conservativeHoles() throws {
    var world = PlanningWorld(nodes: 4, policy: .conservative)
    try world.run(1, .nodes(2), until: 100)
    try world.run(2, .nodes(2), until: 40)
    world.submit(10, .nodes(4, for: 10))
    world.submit(11, .nodes(2, for: 60))
    world.submit(12, .nodes(2, for: 61))
    world.submit(13, .nodes(1, for: 5))
    let plan = world.plan()
    #expect(world.estimates(plan) == ["10 at 100", "11 at 40", "12 at 110", "13 at 110"])
  }

  @Test("Whole nodes and single cores are planned side by side")
  func mixed() throws {
    var world = PlanningWorld(nodes: 2, cores: 4, policy: .conservative)
    try world.run(1, .cores(3), until: 100)
    // The last core of node 0, and all but the last of node 1.
    try world.run(2, .cores(4), until: 50)
    world.submit(10, .nodes(1, for: 10))
    world.submit(11, .cores(1, for: 60))
    world.submit(12, .cores(4, for: 60))
    world.submit(13, .cores(1, for: 50))
    let plan = world.plan()
    #expect(world.starts(plan) == ["13 on 1 by backfill"])
    #expect(world.estimates(plan) == ["10 at 50", "11 at 50", "12 at 60"])
  }

  @Test("What waits for a job without a time limit keeps its place, and nobody knows until when")
  func unlimited() throws {
    var world = PlanningWorld(nodes: 2, policy: .easy)
    try world.run(1, .nodes(1), until: nil)
    world.submit(10, .nodes(2, for: 50))
    world.submit(11, .nodes(1))
    world.submit(12, .nodes(1, for: 1_000))
    let plan = world.plan()
    #expect(world.starts(plan) == ["12 on 1 by backfill"])
    #expect(world.estimates(plan).isEmpty)
  }

  @Test("A job that the instance can never hold holds nothing back", arguments: ["fcfs", "easy", "conservative"])
  func impossible(policy: String) throws {
    var world = PlanningWorld(nodes: 2, policy: try #require(SchedulingPolicy(policy)))
    world.submit(10, .nodes(3, for: 50))
    world.submit(11, .nodes(2, for: 50))
    let plan = world.plan()
    #expect(world.starts(plan) == ["11 on 0-1"])
    #expect(world.reason(10, plan) == "the instance as it is could not hold it")
  }

  @Test("A job past its time limit holds what it has, and is expected to end soon, again and again")
  func overrun() throws {
    var world = PlanningWorld(nodes: 2, policy: .easy)
    try world.run(1, .nodes(1), until: -500)
    world.submit(10, .nodes(2, for: 50))
    world.submit(11, .nodes(1, for: 31))
    world.submit(12, .nodes(1, for: 30))
    for _ in 0..<3 {
      let plan = world.plan()
      #expect(world.starts(plan) == ["12 on 1 by backfill"])
      let soon = world.problem.now.advanced(by: SchedulingLimits.overrunGrace)
      #expect(plan.outlooks.first?.estimatedStart == soon)
      world.problem.now = world.problem.now.advanced(by: .seconds(100))
    }
  }

  @Test("What is being ended is expected to be free soon, whatever its time limit")
  func stopping() throws {
    var world = PlanningWorld(nodes: 1, policy: .easy)
    try world.run(1, .nodes(1), until: 5_000)
    world.stop(1)
    world.submit(10, .nodes(1, for: 50))
    #expect(world.estimates(world.plan()) == ["10 at 30"])
  }

  @Test("An allocation apart from jobs is planned for as jobs are")
  func held() throws {
    var world = PlanningWorld(nodes: 2, policy: .easy)
    try world.run(1, .nodes(1), until: 70)
    let grants = try #require(world.problem.jobs[JobID(1)]?.allocation?.grants)
    world.problem.holding.remove(JobID(1))
    world.problem.others = [Allocation(grants: grants, expiration: PlanningWorld.time(70))]
    world.submit(10, .nodes(2, for: 50))
    world.submit(11, .nodes(1, for: 70))
    let plan = world.plan()
    #expect(world.starts(plan) == ["11 on 1 by backfill"] && world.estimates(plan) == ["10 at 70"])
  }

  @Test("Priority comes before age")
  func priority() {
    var world = PlanningWorld(nodes: 1, policy: .fcfs)
    world.submit(10, .nodes(1))
    world.submit(11, .nodes(1).with { $0.priority = 17 })
    #expect(world.starts(world.plan()) == ["11 on 0"])
  }

  @Test("Policies are written as they are read")
  func texts() {
    for text in ["fcfs", "easy", "conservative", "hybrid:1", "hybrid:8", "hybrid:1024"] {
      #expect(SchedulingPolicy(text)?.text == text)
    }
    for text in ["", "FCFS", "hybrid", "hybrid:", "hybrid:0", "hybrid:1025", "hybrid:08", "hybrid:-1", "easy:1"] {
      #expect(SchedulingPolicy(text) == nil, "\(text)")
    }
  }

  @Test("A plan places no more than it may, looks at no more than it may, and is always the same")
  func bounds() {
    var world = PlanningWorld(nodes: 8, policy: .easy)
    for id in 10..<20 { world.submit(UInt64(id), .nodes(1, for: id)) }
    #expect(world.plan(limit: 3).placements.map(\.job.rawValue) == [10, 11, 12])
    let short = Scheduler.plan(world.problem, placementLimit: 100, candidateLimit: 2)
    #expect(short.placements.map(\.job.rawValue) == [10, 11])
    let plans = [world.plan(), world.plan()]
    #expect(plans[0].placements == plans[1].placements && plans[0].outlooks == plans[1].outlooks)
    #expect(plans[0].placements.count == 8)
  }

  @Test("A queue's match policy says which of many resources its jobs get")
  func matchPolicies() {
    var world = PlanningWorld(nodes: 3, cores: 2)
    world.problem.defaultRules.matchPolicy = MatchPolicy(named: "high") ?? .first
    world.submit(1, .cores(1, for: 10))
    world.submit(2, .cores(1, for: 10))
    #expect(world.starts(world.plan()) == ["1 on 2", "2 on 2"])
    world.problem.defaultRules.matchPolicy = MatchPolicy(named: "lonodex") ?? .first
    #expect(world.starts(world.plan()) == ["1 on 0", "2 on 1"])
  }
}
