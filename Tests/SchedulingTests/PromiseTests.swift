import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Scheduling
import Testing
import Vocabulary

@Suite("Promises apart from jobs")
struct PromiseTests {
  private func grants(_ world: PlanningWorld, rank: Int) throws -> [Grant] {
    let host = try #require(world.problem.graph.host(rank: rank))
    return [Grant(vertex: host, amount: .one)]
  }

  private func promise(_ world: inout PlanningWorld, rank: Int, at start: Int, for seconds: Int?) throws {
    world.problem.promises.append(
      Promise(
        grants: try grants(world, rank: rank), start: PlanningWorld.time(start),
        duration: seconds.map { .seconds(Int64($0)) }))
  }

  @Test("Only what will have ended is placed on what is promised", arguments: [SchedulingPolicy.fcfs, .conservative])
  func leavesAlone(policy: SchedulingPolicy) throws {
    var world = PlanningWorld(nodes: 2, policy: policy)
    try promise(&world, rank: 0, at: 100, for: 50)
    world.submit(1, .nodes(1, for: 100))
    #expect(world.starts(world.plan()) == ["1 on 0"])
    world = PlanningWorld(nodes: 2, policy: policy)
    try promise(&world, rank: 0, at: 100, for: 50)
    world.submit(1, .nodes(1, for: 101))
    world.submit(2, .nodes(1))
    let plan = world.plan()
    #expect(world.starts(plan) == ["1 on 1"])
    #expect(world.reason(2, plan) == "what is free is reserved for jobs ahead of it")
  }

  @Test("Who should have left and has not makes a promise later, not void")
  func overrun() throws {
    var world = PlanningWorld(nodes: 1, policy: .easy)
    try world.run(1, .nodes(1, for: 120), until: 120)
    try promise(&world, rank: 0, at: 100, for: 50)
    world.submit(2, .nodes(1, for: 10))
    #expect(world.estimates(world.plan()) == ["2 at 170"])
  }

  @Test("What is left of a promise is kept while a part of it is drained")
  func partlyDrained() throws {
    var world = PlanningWorld(nodes: 2, policy: .easy)
    let grants = try grants(world, rank: 0) + grants(world, rank: 1)
    world.problem.promises = [Promise(grants: grants, start: PlanningWorld.time(100), duration: nil)]
    let host = try #require(world.problem.graph.host(rank: 0))
    world.problem.graph.apply(.drain(host, Drain(reason: "fan", at: PlanningWorld.now)))
    world.submit(1, .nodes(1, for: 101))
    #expect(world.starts(world.plan()).isEmpty)
    world.submit(2, .nodes(1, for: 100))
    #expect(world.starts(world.plan()) == ["2 on 1 by backfill"])
  }

  @Test("A promise is kept however many others end before those who hold its resources")
  func manyEnds() throws {
    var world = PlanningWorld(nodes: 602, policy: .easy)
    try world.run(1, .nodes(1, for: 5_000), until: 5_000)
    for id in 2...600 as ClosedRange<UInt64> { try world.run(id, .nodes(1), until: 1_000 + Int(id)) }
    try promise(&world, rank: 0, at: 10, for: nil)
    let both = try grants(world, rank: 0) + grants(world, rank: 600)
    world.problem.promises = [Promise(grants: both, start: PlanningWorld.time(10), duration: nil)]
    world.submit(601, .nodes(2))
    #expect(world.starts(world.plan()).isEmpty, "one of two free nodes is promised, once the other is free")
    world.submit(602, .nodes(1, for: 900))
    #expect(world.starts(world.plan()) == ["602 on 600 by backfill"])
  }

  @Test("What is asked apart from jobs leaves promises alone too")
  func questions() throws {
    var world = PlanningWorld(nodes: 1)
    try promise(&world, rank: 0, at: 100, for: 50)
    func question(_ seconds: Int?) -> Scheduler.Question {
      let spec = PlanningWorld.Ask.nodes(1).spec.jobspec
      return Scheduler.Question(
        parts: spec.request, constraint: nil, duration: seconds.map { .seconds(Int64($0)) })
    }
    #expect(Scheduler.match(question(100), in: world.problem) != nil)
    #expect(Scheduler.match(question(101), in: world.problem) == nil)
    #expect(Scheduler.match(question(nil), in: world.problem) == nil)
    #expect(Scheduler.opening(for: question(101), in: world.problem)?.start == PlanningWorld.time(150))
    try world.run(1, .nodes(1), until: nil)
    #expect(Scheduler.opening(for: question(10), in: world.problem) == nil, "nobody knows when it ends")
  }

  @Test("A forecast knows when promises begin and what is held apart ends")
  func forecast() throws {
    var world = PlanningWorld(nodes: 1)
    try promise(&world, rank: 0, at: 100, for: 50)
    world.problem.graph.take(try grants(world, rank: 0))
    world.problem.others = [Allocation(grants: try grants(world, rank: 0), expiration: PlanningWorld.time(60))]
    world.submit(1, .nodes(1, for: 40))
    world.submit(2, .nodes(1, for: 40))
    let forecast = Forecast(of: world.problem, options: .init(assumedDuration: .seconds(3_600)))
    #expect(forecast.waiting.map { $0.start.map(PlanningWorld.seconds) } == [60, 150])
    #expect(forecast.utilisation.allSatisfy { (0...1).contains($0.share) } && !forecast.utilisation.isEmpty)
  }

  @Test("In random machines nothing overlaps what is promised")
  func random() throws {
    var promised = 0
    for seed in 1...400 as ClosedRange<UInt64> {
      var random = RandomPlanTests.Random(state: seed)
      var world = try RandomPlanTests.Case(&random).world
      let ask = random.ask(nodes: 2, cores: 2)
      let spec = ask.spec.jobspec
      let question = Scheduler.Question(
        parts: spec.request, constraint: nil, duration: ask.seconds.map { .seconds(Int64($0)) })
      guard let opening = Scheduler.opening(for: question, in: world.problem) else { continue }
      promised += 1
      let promise = Promise(grants: opening.grants, start: opening.start, duration: question.duration)
      world.problem.promises = [promise]
      let until = promise.duration.map { promise.start.advanced(by: $0) }
      for placement in world.plan().placements {
        let job = try #require(world.problem.jobs[placement.job])
        let end = world.problem.now.advanced(by: job.jobspec.duration)
        guard end > promise.start, until.map({ $0 > world.problem.now }) ?? true else { continue }
        var graph = world.problem.emptyGraph
        graph.take(promise.grants)
        #expect(graph.accepts(placement.grants), "seed \(seed): \(job.id.rawValue) is in the way")
      }
    }
    #expect(promised > 200, "otherwise this says nothing")
  }
}
