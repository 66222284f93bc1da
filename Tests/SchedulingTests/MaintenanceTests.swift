import Jobspec
import ResourceGraph
import Scheduling
import Testing
import Vocabulary

@Suite("Maintenance windows")
struct MaintenanceTests {
  private static func world(_ policy: SchedulingPolicy, _ window: MaintenanceWindow, nodes: Int = 2) -> PlanningWorld {
    var world = PlanningWorld(nodes: nodes, policy: policy)
    world.problem.maintenance = [window]
    return world
  }

  private static func window(_ hosts: Idset?, _ from: Int, _ until: Int?, users: [UInt32] = []) -> MaintenanceWindow {
    MaintenanceWindow(
      name: "disks", hosts: hosts, from: PlanningWorld.time(from), until: until.map { PlanningWorld.time($0) },
      users: users)
  }

  @Test("What ends before the window may start on its hosts, what does not is placed beside")
  func before() {
    var world = Self.world(.fcfs, Self.window([0], 100, 200))
    world.submit(10, .nodes(1, for: 101))
    world.submit(11, .nodes(1, for: 100))
    #expect(world.starts(world.plan()) == ["10 on 1", "11 on 0"])
  }

  @Test("A job without a time limit is kept from the hosts of any window to come")
  func unlimited() {
    var world = Self.world(.fcfs, Self.window([0], 1_000_000, 1_000_001))
    world.submit(10, .nodes(1))
    world.submit(11, .nodes(1))
    let plan = world.plan()
    #expect(world.starts(plan) == ["10 on 1"])
    #expect(world.reason(11, plan) == "could not end before maintenance begins (\"disks\")")
  }

  @Test("A reservation is made for after the window")
  func reservation() {
    var world = Self.world(.easy, Self.window(nil, 100, 200))
    world.submit(10, .nodes(1, for: 101))
    world.submit(11, .nodes(1, for: 100))
    let plan = world.plan()
    #expect(world.starts(plan) == ["11 on 0 by backfill"])
    #expect(world.estimates(plan) == ["10 at 200"])
  }

  @Test("During a window without an end nothing starts and nothing is promised")
  func openEnded() {
    var world = Self.world(.easy, Self.window(nil, -5, nil))
    world.submit(10, .nodes(1, for: 10))
    let plan = world.plan()
    #expect(plan.placements.isEmpty && world.estimates(plan).isEmpty)
    #expect(world.reason(10, plan) == "could not end before maintenance begins (\"disks\")")
  }

  @Test("A window that is over closes nothing, at its very end")
  func over() {
    var world = Self.world(.fcfs, Self.window(nil, -10, 0))
    world.submit(10, .nodes(2))
    #expect(world.starts(world.plan()) == ["10 on 0-1"])
  }

  @Test("Those who are named may run meanwhile; others with the same jobspec may not")
  func users() {
    var world = Self.world(.easy, Self.window(nil, 50, 90, users: [3, 2]))
    world.submit(10, .nodes(1, for: 60))
    world.submit(11, .nodes(1, for: 60).with { $0.user = 2 })
    let plan = world.plan()
    // Node 0 is free for the other from 90 on, when the named one is gone as well.
    #expect(world.starts(plan) == ["11 on 0 by backfill"])
    #expect(world.estimates(plan) == ["10 at 90"])
  }

  @Test("What contains a closed host is not taken whole")
  func racks() {
    var graph = ResourceGraph()
    let node = Fragment(type: "node", count: 2, children: [Fragment(type: "core", count: 2)])
    graph.apply(
      .add(Fragment(type: "cluster", children: [Fragment(type: "rack", count: 2, children: [node])]), under: nil))
    var closed = HostSet(all: graph)
    #expect(closed.count == 4)
    closed = closed.subtracting(HostSet(rankLimit: 4, ranks: [1]))
    let request = graph.compile([.init(kind: .resource(type: "rack"), count: .exactly(1), isExclusive: true)])
    let found = graph.match(request, hosts: closed)
    #expect(found?.map { graph.path(of: $0.vertex) } == ["/cluster0/rack1"])
    #expect(graph.match(request, hosts: closed) == nil)
    #expect(graph.match(request) != nil)
  }
}
