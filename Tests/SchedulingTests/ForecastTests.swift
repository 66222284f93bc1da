import Jobs
import Persistent
import Scheduling
import Testing
import Vocabulary

@Suite("Forecasts")
struct ForecastTests {
  private static let options = Forecast.Options(assumedDuration: .seconds(1_000))

  private static func hypothesis(_ ask: PlanningWorld.Ask, delay: Int = 0) -> Forecast.Hypothesis {
    Forecast.Hypothesis(
      spec: ask.spec, owner: Principal(name: "user1", userID: 1, tenant: ""), priority: ask.priority,
      delay: .seconds(Int64(delay)))
  }

  /// Such as `10: 5-15 on 0-1`.
  private static func courses(_ courses: [Forecast.Course]) -> [String] {
    courses.map { course in
      guard let start = course.start, let end = course.end else {
        return "\(course.job.rawValue): \(course.reason ?? "unknown")"
      }
      return "\(course.job.rawValue): \(PlanningWorld.seconds(start))-\(PlanningWorld.seconds(end)) on \(course.hosts)"
    }
  }

  @Test("Who starts when and where, and how well the machine is used")
  func answers() throws {
    var world = PlanningWorld(nodes: 2, policy: .easy)
    try world.run(1, .nodes(1), until: 100)
    world.submit(10, .nodes(2, for: 50))
    world.submit(11, .nodes(1, for: 100))
    world.submit(12, .nodes(3))
    let forecast = Forecast(
      of: world.problem,
      adding: [Self.hypothesis(.nodes(1, for: 50), delay: 120), Self.hypothesis(.nodes(1))],
      options: Self.options)
    #expect(
      Self.courses(forecast.waiting) == [
        "10: 100-150 on 0-1", "11: 0-100 on 1", "12: the instance as it is could not hold it",
      ])
    #expect(Self.courses(forecast.hypothetical) == ["13: 150-200 on 0", "14: 150-1150 on 1"])
    #expect(forecast.makespan == .seconds(1_150))
    // Both until 200, one until 1,150.
    #expect(
      forecast.utilisation.map(\.type) == ["core", "node"]
        && forecast.utilisation.allSatisfy { abs($0.share - (400 + 950) / 2_300) < 1e-9 })
    #expect(forecast.cut == nil)
  }

  @Test("Maintenance ends, and what could not start before does")
  func maintenance() {
    var world = PlanningWorld(nodes: 1, policy: .fcfs)
    world.problem.maintenance = [
      MaintenanceWindow(name: "disks", from: PlanningWorld.time(10), until: PlanningWorld.time(20))
    ]
    world.submit(10, .nodes(1, for: 11))
    let forecast = Forecast(of: world.problem, options: Self.options)
    #expect(Self.courses(forecast.waiting) == ["10: 20-31 on 0"])
  }

  @Test("Jobs and events are bounded, and it says so")
  func bounds() throws {
    var world = PlanningWorld(nodes: 1)
    for id in 10..<20 { world.submit(UInt64(id), .nodes(1, for: 10)) }
    var options = Self.options
    options.jobLimit = 3
    var forecast = Forecast(of: world.problem, options: options)
    #expect(Self.courses(forecast.waiting) == ["10: 0-10 on 0", "11: 10-20 on 0", "12: 20-30 on 0"])
    #expect(forecast.cut == .jobs)
    options.jobLimit = 10
    options.eventLimit = 4
    forecast = Forecast(of: world.problem, options: options)
    #expect(forecast.waiting.count { $0.start != nil } == 4 && forecast.cut == .events)
    options.eventLimit = 100
    forecast = Forecast(of: world.problem, options: options)
    #expect(forecast.waiting.allSatisfy { $0.start != nil } && forecast.cut == nil)
    #expect(forecast.makespan == .seconds(100))
  }

  @Test("What was reserved starts no later, as long as jobs end as they said", arguments: ["easy", "conservative"])
  func promises(policy: String) throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = RandomPlanTests.Random(state: seed)
    var kept = 0
    for round in 0..<150 {
      var sample = try RandomPlanTests.Case(&random)
      sample.world.problem.maintenance = []
      sample.world.problem.defaultRules.policy = try #require(SchedulingPolicy(policy))
      let forecast = Forecast(of: sample.world.problem, options: Self.options)
      for outlook in sample.world.plan().outlooks {
        guard let estimate = outlook.estimatedStart else { continue }
        let course = try #require(forecast.waiting.first { $0.job == outlook.job })
        let start = try #require(course.start)
        try #require(start <= estimate, "seed \(seed), round \(round), job \(outlook.job.rawValue)")
        kept += 1
      }
    }
    #expect(kept > 30)
  }
}
