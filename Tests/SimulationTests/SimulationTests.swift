import Glibc
import Testing
import TestKit

/// Worlds from seeds. `SLUICE_SIM_SEEDS` says how many, `SLUICE_SIM_FIRST` where to begin, `SLUICE_SIM_STEPS`
/// how long each is; with `SLUICE_SIM_VERBOSE=1` every seed is announced before it runs.
@Suite("Simulation", .serialized)
struct SimulationTests {
  static func number(_ name: String, otherwise standard: Int) -> Int {
    guard let text = getenv(name) else { return standard }
    return Int(String(cString: text)) ?? standard
  }

  #if DEBUG
    static let standardSeeds = 5
  #else
    static let standardSeeds = 200
  #endif

  static let steps = number("SLUICE_SIM_STEPS", otherwise: 5_000)

  @Test("Every promise holds in every world, and every world comes to rest")
  func promisesHold() {
    let first = Self.number("SLUICE_SIM_FIRST", otherwise: 1)
    let isVerbose = Self.number("SLUICE_SIM_VERBOSE", otherwise: 0) == 1
    let mayFail = Self.number("SLUICE_SIM_FAILURES", otherwise: 1)
    var totals = (steps: 0, jobs: 0, executions: 0, brokerCrashes: 0, shepherdCrashes: 0, refusals: 0)
    var (dependenciesMet, dependenciesFailed) = (0, 0)
    var keys = KeyTally()
    var failures = 0
    var (mutations, evictions, stepsTaken, repeatedResults) = (0, 0, 0, 0)
    let seeds = Self.number("SLUICE_SIM_SEEDS", otherwise: Self.standardSeeds)
    for seed in first..<first + seeds {
      if isVerbose { print("seed \(seed)") }
      do {
        let report = try Simulation(seed: UInt64(seed)).run(steps: Self.steps)
        if isVerbose { print(report) }
        totals.steps += report.steps
        totals.jobs += report.jobs
        totals.executions += report.executions
        dependenciesMet += report.dependenciesMet
        dependenciesFailed += report.dependenciesFailed
        stepsTaken += report.stepsTaken
        mutations += report.mutations
        evictions += report.evictions
        repeatedResults += report.repeatedResults
        totals.brokerCrashes += report.brokerCrashes
        totals.shepherdCrashes += report.shepherdCrashes
        totals.refusals += report.refusedForWantOfSpace
        keys += report.keys
      } catch {
        Issue.record("\(error)")
        failures += 1
        if failures >= mayFail { return }
      }
    }
    print("simulated: \(totals), \(keys), \(dependenciesMet) dependencies met, \(dependenciesFailed) failed")
    print("operators: \(mutations) mutations, \(evictions) evictions")
    print("users: \(stepsTaken) steps, \(repeatedResults) results given again")
    // A handful of worlds may well have none of them.
    if seeds >= 50 { #expect(mutations > 0 && evictions > 0, "operators changed the graph") }
    if seeds >= 50 { #expect(stepsTaken > 0, "jobs ran within others") }
    if seeds >= 50 { #expect(repeatedResults > 0, "results were asked for again") }
    if seeds >= 50 { #expect(dependenciesMet > 0 && dependenciesFailed > 0, "jobs waited for each other") }
    #expect(totals.jobs > 0 && totals.executions > 0, "the worlds did something")
    #expect(keys.commits > 0 && keys.comparisonsHeld > 0 && keys.pastReads > 0, "namespaces were used")
  }
}
