import BrokerCore
import Jobs
import Persistent
import ResourceGraph
import Scheduling
import TestKit
import Testing
import Vocabulary

@Suite("What the core refuses")
struct RefusalTests {
  @Test("A plan that names a job twice gives it resources once")
  func jobTwiceInOnePlan() throws {
    var state = BrokerState(epoch: 1)
    func decide(_ command: Command) throws -> [Record] {
      try state.decide(command, by: .broker, at: Timestamp(microseconds: 0)).records
    }
    for record in try decide(.defineResources(Samples.inventory(nodes: 1, cores: 2))) { state.fold(record) }
    for record in try decide(.report(.joined(incarnation: 1, known: []))) { state.fold(record) }
    let item = SubmitCommand.Item(spec: Samples.jobspec(), urgency: 16, flags: [])
    for record in try decide(.submit(SubmitCommand(items: [item], idempotency: nil, isAtomic: false))) {
      state.fold(record)
    }
    let graph = try #require(state.graph)
    let id = try #require(state.jobs.first?.key)
    let node = try #require(graph.host(rank: 0))
    let placements = graph.children(of: node).prefix(2).map { core in
      Plan.Placement(job: id, attempt: 1, grants: [Grant(vertex: core, amount: .one)])
    }
    let records = try decide(.plan(Plan(placements: placements, origin: state.graphOrigin)))
    #expect(records.count == 1)
  }

  @Test("An inventory over the limit is refused before it could poison the log")
  func hugeInventory() {
    let state = BrokerState(epoch: 1)
    let node = NodeDescription(
      hostname: "n", cores: [], gpuCount: ResourceGraph.maximumVertices, memoryBytes: 0)
    #expect(throws: Refusal.self) {
      try state.decide(
        .defineResources(ResourceInventory(nodes: [node])), by: .broker, at: Timestamp(microseconds: 0))
    }
  }
}
