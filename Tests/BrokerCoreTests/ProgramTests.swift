import BrokerCore
import Jobs
import Persistent
import Scheduling
import TestKit
import Testing
import Vocabulary

@Suite("Programs around jobs")
struct ProgramTests {
  private var state = BrokerState(epoch: 1)
  private let now = Timestamp(microseconds: 1_000_000)

  private mutating func run(_ command: Command) throws {
    for record in try state.decide(command, by: .broker, at: now).records { state.fold(record) }
  }

  @Test("Over so many lost housekeepings that one step cannot tell them all, no epilog is lost that it began")
  mutating func manyHousekeepings() throws {
    let count = 1_100
    try run(.defineResources(Samples.inventory(nodes: 1, cores: count)))
    try run(.report(.joined(incarnation: 1, known: [])))
    let program = SiteProgram(command: ["x"], timeout: .seconds(60))
    try run(.definePrograms(SitePrograms(epilog: program, housekeeping: program)))
    let item = SubmitCommand.Item(spec: Samples.jobspec(), urgency: 16, flags: [])
    for part in [1_000, count - 1_000] {
      let items = Array(repeating: item, count: part)
      try run(.submit(SubmitCommand(items: items, idempotency: nil, isAtomic: false)))
    }
    while let plan = state.plan(at: now), !plan.placements.isEmpty { try run(.plan(plan)) }
    let ids = state.jobs.map(\.key)
    let last = try #require(ids.last)
    for id in ids {
      try run(.report(.started(AttemptID(job: id, attempt: 1), at: now)))
      guard id != last else { break }
      for stage in [AttemptStage.tasks, .epilog] {
        let end = AttemptEnd(cause: .exited, waitStatus: 0, cpuTime: .zero, peakMemoryKiB: 0)
        try run(.report(.ended(AttemptID(job: id, attempt: 1, stage: stage), at: now, end)))
      }
    }
    #expect(state.housekeeping.count == count - 1)
    try run(.report(.joined(incarnation: 2, known: [])))
    var steps = 0
    while !state.operations.isEmpty {
      try run(.advanceOperations)
      steps += 1
    }
    #expect(steps > 1, "otherwise this says nothing")
    let job = try #require(state.jobs[last])
    #expect(job.phase == .finished && job.stage == .epilog)
    #expect(state.housekeeping.isEmpty)
  }
}
