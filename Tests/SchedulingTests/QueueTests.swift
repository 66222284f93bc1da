import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Scheduling
import Testing
import Vocabulary

@Suite("Queues")
struct QueueTests {
  private static func world(_ rules: QueueRules..., nodes: Int = 2) -> PlanningWorld {
    var world = PlanningWorld(nodes: nodes)
    for rule in rules { world.problem.queues[rule.name] = rule }
    return world
  }

  private static func rules(
    _ name: String, _ policy: SchedulingPolicy = .fcfs, _ change: (inout QueueRules) -> Void = { _ in }
  )
    -> QueueRules
  {
    var rules = QueueRules(name: name, policy: policy)
    change(&rules)
    return rules
  }

  @Test("A job that holds back its queue holds back no other")
  func lanes() throws {
    var world = Self.world(Self.rules("batch"), Self.rules("debug"))
    try world.run(1, .nodes(1), until: 100)
    world.submit(10, .nodes(2, for: 10).with { $0.queue = "batch" })
    world.submit(11, .nodes(1, for: 10).with { $0.queue = "batch" })
    world.submit(12, .nodes(1, for: 1_000).with { $0.queue = "debug" })
    let plan = world.plan()
    #expect(world.starts(plan) == ["12 on 1"])
    #expect(world.reason(10, plan) == "waits for 2 nodes, 1 free")
  }

  @Test("Another queue leaves alone what is reserved, whatever its own policy")
  func sharedReservations() throws {
    var world = Self.world(Self.rules("batch", .easy), Self.rules("debug"))
    try world.run(1, .nodes(1), until: 100)
    world.submit(10, .nodes(2, for: 10).with { $0.queue = "batch" })
    world.submit(11, .nodes(1, for: 101).with { $0.queue = "debug" })
    world.submit(12, .nodes(1, for: 100).with { $0.queue = "batch" })
    let plan = world.plan()
    #expect(world.starts(plan) == ["12 on 1 by backfill"])
    #expect(world.estimates(plan) == ["10 at 100"])
  }

  @Test("A stopped queue starts nothing, holds nothing back, and says why")
  func stopped() {
    var world = Self.world(
      Self.rules("batch") {
        $0.isStarted = false
        $0.stopReason = "new disks"
      }, Self.rules("debug"))
    world.submit(10, .nodes(2, for: 10).with { $0.queue = "batch" })
    world.submit(11, .nodes(2, for: 10).with { $0.queue = "debug" })
    let plan = world.plan()
    #expect(world.starts(plan) == ["11 on 0-1"])
    #expect(world.reason(10, plan) == "queue \"batch\" is stopped: new disks")
  }

  @Test("With everything stopped nothing starts, and the first are told")
  func allStopped() {
    var world = PlanningWorld(nodes: 1)
    world.problem.defaultRules.isStarted = false
    for id in 1...2_000 { world.submit(UInt64(id), .nodes(1, for: 10)) }
    let plan = world.plan()
    #expect(plan.placements.isEmpty)
    #expect(plan.outlooks.count == SchedulingLimits.outlooksPerCycle)
    #expect(world.reason(1, plan) == "scheduling is stopped")
  }

  @Test("A queue's jobs run where the queue and they themselves allow")
  func requires() throws {
    var world = Self.world(
      Self.rules("big", .easy) { $0.requires = .ranks([2, 3]) }, nodes: 4)
    world.submit(10, .nodes(1, for: 10).with { $0.queue = "big" })
    world.submit(11, .nodes(1, for: 10).with { ($0.queue, $0.requires) = ("big", "rank:0-2") })
    world.submit(12, .nodes(1, for: 10).with { ($0.queue, $0.requires) = ("big", "rank:3") })
    world.submit(13, .nodes(1, for: 10))
    let plan = world.plan()
    #expect(world.starts(plan) == ["10 on 2", "12 on 3 by backfill", "13 on 0"])
    #expect(world.estimates(plan) == ["11 at 10"])
    #expect(world.reason(11, plan) == "waits for 1 node, 0 free")
  }

  @Test("What the queue's hosts can never hold holds nothing back")
  func impossibleHere() {
    var world = Self.world(Self.rules("small") { $0.requires = .ranks([0]) })
    world.submit(10, .nodes(2, for: 10).with { $0.queue = "small" })
    world.submit(11, .nodes(1, for: 10).with { $0.queue = "small" })
    #expect(world.starts(world.plan()) == ["11 on 0"])
  }

  @Test("The queue's default is the time limit of those who name none")
  func defaultDuration() throws {
    var world = Self.world(Self.rules("batch", .easy) { $0.defaultDuration = .seconds(40) })
    try world.run(1, .nodes(1), until: 50)
    world.submit(10, .nodes(2, for: 10).with { $0.queue = "batch" })
    world.submit(11, .nodes(1).with { $0.queue = "batch" })
    #expect(world.starts(world.plan()) == ["11 on 1 by backfill"])
    world.problem.queues["batch"]?.defaultDuration = .seconds(51)
    #expect(world.starts(world.plan()).isEmpty)
  }

  @Test("Limits refuse with what was asked for and what is allowed")
  func refusals() throws {
    let rules = Self.rules("debug") {
      $0.limits.maximumDuration = .seconds(3_600)
      $0.limits.nodes = QueueLimits.Bounds(least: 2, most: 4)
      $0.limits.cores.most = 8
    }
    func refusal(_ ask: PlanningWorld.Ask, _ rules: QueueRules) -> String? { rules.refusal(of: ask.spec.jobspec) }
    #expect(refusal(.nodes(2, for: 3_600), rules) == nil)
    #expect(refusal(.nodes(4, cores: 2, for: 60), rules) == nil)
    #expect(refusal(.cores(8, for: 60), rules) == nil)
    #expect(
      refusal(.nodes(5, for: 60), rules) == "5 nodes were asked for; queue \"debug\" allows at most 4")
    #expect(refusal(.nodes(1, for: 60), rules) == "1 node was asked for; queue \"debug\" wants at least 2")
    #expect(refusal(.cores(9, for: 60), rules) == "9 cores were asked for; queue \"debug\" allows at most 8")
    #expect(
      refusal(.cores(1, for: 3_601), rules)
        == "a time limit of 3601s was asked for; queue \"debug\" allows at most 1h")
    #expect(refusal(.cores(1), rules) == "no time limit was asked for; queue \"debug\" allows at most 1h")
    var lenient = rules
    lenient.defaultDuration = .seconds(60)
    #expect(refusal(.cores(1), lenient) == nil)
    let instance = Self.rules("") { $0.limits.gpus.least = 1 }
    #expect(refusal(.cores(1), instance) == "0 gpus were asked for; this instance wants at least 1")
  }

  @Test("Rules and windows are read as they were written, and damage is refused")
  func packing() throws {
    let rules = Self.rules("debug", .hybrid(depth: 8)) {
      ($0.isEnabled, $0.disableReason) = (false, "full")
      ($0.isStarted, $0.stopReason) = (false, "repair")
      $0.requires = .and([.ranks([1, 2]), .not([.properties([])])])
      $0.limits.maximumDuration = .seconds(9)
      $0.limits.gpus = QueueLimits.Bounds(least: 1, most: nil)
      $0.defaultDuration = .seconds(5)
      $0.priority = -3
      $0.matchPolicy = MatchPolicy(named: "hinodex") ?? .first
    }
    let window = MaintenanceWindow(
      name: "pdu", hosts: [0, 2, 3], from: PlanningWorld.time(5), until: nil, reason: "fuse", users: [7, 8])
    var writer = PackedWriter()
    rules.pack(into: &writer)
    window.pack(into: &writer)
    var reader = PackedReader(writer.bytes)
    #expect(try QueueRules(unpacking: &reader, hasMatchPolicy: true) == rules)
    #expect(try MaintenanceWindow(unpacking: &reader) == window)
    #expect(reader.isAtEnd)
    var older = PackedWriter()
    rules.pack(into: &older)
    var olderReader = PackedReader(Array(older.bytes.dropLast(1 + rules.matchPolicy.name.utf8.count)))
    var expected = rules
    expected.matchPolicy = .first
    #expect(try QueueRules(unpacking: &olderReader, hasMatchPolicy: false) == expected)
    #expect(olderReader.isAtEnd)
    for length in 0..<writer.count {
      var reader = PackedReader(Array(writer.bytes.prefix(length)))
      #expect(throws: PackedError.self) {
        _ = try QueueRules(unpacking: &reader, hasMatchPolicy: true)
        _ = try MaintenanceWindow(unpacking: &reader)
      }
    }
  }
}
