import Persistent
import ResourceGraph
import Scheduling
import Testing
import Vocabulary

@Suite("Plans of random machines")
struct RandomPlanTests {
  /// Splitmix64, so that a seed is all there is to know.
  struct Random {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }

    mutating func within(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + Int(next() % UInt64(range.count))
    }

    mutating func ask(nodes: Int, cores: Int) -> PlanningWorld.Ask {
      let seconds = within(31...400)
      switch within(0...2) {
      case 0: return .nodes(within(1...nodes + 1), for: seconds)
      case 1: return .cores(within(1...nodes * cores), for: seconds)
      default: return .nodes(within(1...nodes), cores: within(1...cores), for: seconds)
      }
    }
  }

  struct Case {
    var world: PlanningWorld
    var plain: PlainPlanner
    var queue: [PlainPlanner.Request] = []

    init(_ random: inout Random) throws {
      let (nodes, cores) = (random.within(1...6), random.within(1...4))
      let depth = random.within(0...9)
      let policies: [SchedulingPolicy] = [.fcfs, .easy, .hybrid(depth: 2), .hybrid(depth: 3)]
      let policy = depth < policies.count ? policies[depth] : .conservative
      world = PlanningWorld(nodes: nodes, cores: cores, policy: policy)
      plain = PlainPlanner(nodes: nodes, cores: cores, depth: policy.reservations)
      for id in 1...random.within(1...5) {
        let ask = random.ask(nodes: nodes, cores: cores)
        let end = random.within(1...300)
        guard let found = plain.place(ask, in: 0..<1) else { continue }
        plain.take(found, 0..<end)
        try world.run(UInt64(id), ask, until: end)
      }
      close(&random)
      for id in 100..<100 + UInt64(random.within(1...20)) {
        let ask = random.ask(nodes: nodes, cores: cores)
        world.submit(id, ask)
        queue.append(PlainPlanner.Request(id: id, ask: ask))
      }
    }

    private mutating func close(_ random: inout Random) {
      for number in 0..<random.within(0...2) {
        let ranks = Idset((0..<plain.nodes).filter { _ in random.within(0...1) == 0 })
        let from = random.within(-50...300)
        let end = from + random.within(1...200)
        world.problem.maintenance.append(
          MaintenanceWindow(
            name: "window\(number)", hosts: ranks, from: PlanningWorld.time(from), until: PlanningWorld.time(end)))
        for rank in ranks { plain.closed[rank].append(from..<end) }
      }
    }

    /// Cores by number, node after node.
    func cores(_ grants: [Grant]) -> [Int] {
      world.problem.graph.shares(of: Allocation(grants: grants, expiration: nil)).flatMap { share in
        share.cores.map { share.rank * plain.cores + $0 }
      }
    }
  }

  @Test("Placements and reservations are those of a planner that tries every core at every moment")
  func likePlain() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = Random(state: seed)
    var (starts, estimates) = (0, 0)
    for round in 0..<300 {
      var sample = try Case(&random)
      let plan = sample.world.plan()
      var outcome = PlainPlanner.Outcome()
      for placement in plan.placements { outcome.starts[placement.job.rawValue] = sample.cores(placement.grants) }
      for outlook in plan.outlooks {
        outcome.estimates[outlook.job.rawValue] = outlook.estimatedStart.map { PlanningWorld.seconds($0) }
      }
      try #require(outcome == sample.plain.plan(sample.queue), "seed \(seed), round \(round)")
      starts += outcome.starts.count
      estimates += outcome.estimates.count
    }
    #expect(starts > 100 && estimates > 100, "\(starts) starts, \(estimates) estimates")
  }

  @Test("A plan is accepted as a whole, and changes nothing when it is made again")
  func accepted() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = Random(state: seed)
    for round in 0..<200 {
      let sample = try Case(&random)
      let plan = sample.world.plan()
      var graph = sample.world.problem.graph
      for placement in plan.placements {
        try #require(graph.accepts(placement.grants), "seed \(seed), round \(round)")
        graph.take(placement.grants)
      }
      graph.checkInvariants()
      let again = sample.world.plan()
      try #require(again.placements == plan.placements && again.outlooks == plan.outlooks, "seed \(seed)")
    }
  }
}
