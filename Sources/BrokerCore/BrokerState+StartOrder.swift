import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

extension BrokerState {
  /// Where programs are found when the job brings no `PATH` of its own.
  static let defaultPath = "/usr/local/bin:/usr/bin:/bin"

  /// Everything a host needs to run the job's current attempt.
  func startOrder(for job: Job) -> StartOrder? {
    guard let topology = graph?.topology, let allocation = job.allocation else { return nil }
    let spec = job.jobspec
    let shares = topology.shares(of: allocation)
    return StartOrder(
      id: job.attemptID, command: spec.command, environment: environment(of: job, nodeCount: shares.count),
      workingDirectory: spec.cwd ?? "/tmp", tasks: placements(of: spec.demand, on: shares, topology),
      nodeCount: shares.count, timeLimit: spec.duration > .zero ? spec.duration : nil,
      grace: BrokerLimits.terminationGrace, memoryLimit: spec.demand.totalMemory, umask: spec.umask,
      resourceLimits: spec.resourceLimits.map { ResourceLimit(name: $0.name, value: $0.value) },
      input: spec.standardInput, output: path(spec.standardOutput, of: job), error: path(spec.standardError, of: job),
      mockDuration: spec.mockRunDuration, startedAt: job.startedAt)
  }

  /// The job's own variables, then those that tell it who it is.
  private func environment(of job: Job, nodeCount: Int) -> [EnvironmentVariable] {
    var variables: [EnvironmentVariable] = []
    var hasPath = false
    for entry in job.jobspec.environment {
      hasPath = hasPath || entry.name == "PATH"
      if let value = entry.value { variables.append(EnvironmentVariable(name: entry.name, value: value)) }
    }
    if !hasPath { variables.append(EnvironmentVariable(name: "PATH", value: Self.defaultPath)) }
    variables.append(EnvironmentVariable(name: "FLUX_JOB_ID", value: job.id.f58))
    variables.append(EnvironmentVariable(name: "FLUX_JOB_SIZE", value: String(job.jobspec.demand.taskCount)))
    variables.append(EnvironmentVariable(name: "FLUX_JOB_NNODES", value: String(nodeCount)))
    variables.append(EnvironmentVariable(name: "SLUICE_JOB_ID", value: job.id.f58))
    // Rises with every execution: what guards a job's own writes against its earlier attempts.
    variables.append(EnvironmentVariable(name: "SLUICE_ATTEMPT", value: String(job.attempt)))
    return variables
  }

  /// Tasks in the order of nodes and slots; a slot's cores are its tasks' alone.
  private func placements(
    of demand: Demand, on shares: [NodeShare], _ topology: Topology
  ) -> [TaskPlacement] {
    var slots: [(node: Int, cores: [Int], gpus: [Int], rank: Int)] = []
    for (node, share) in shares.enumerated() {
      let count = demand.slotsPerNode ?? max(1, share.cores.count / max(1, demand.coresPerSlot))
      for slot in 0..<count {
        slots.append(
          (
            node, slice(share.cores, slot, demand.coresPerSlot), slice(share.gpus, slot, demand.gpusPerSlot),
            share.rank
          ))
      }
    }
    guard !slots.isEmpty else { return [] }
    var placements: [TaskPlacement] = []
    placements.reserveCapacity(demand.taskCount)
    var localID = 0
    for task in 0..<demand.taskCount {
      // Blocks: slot i takes the tasks from i*n/s up to (i+1)*n/s.
      let slot = slots[min(task * slots.count / demand.taskCount, slots.count - 1)]
      if let last = placements.last, last.node != slot.node { localID = 0 }
      let cores = topology.inventory.nodes[slot.rank].cores
      placements.append(
        TaskPlacement(
          node: slot.node, localID: localID, cpus: slot.cores.flatMap { cores[$0].cpus }, gpus: slot.gpus))
      localID += 1
    }
    return placements
  }

  private func slice(_ units: [Int], _ slot: Int, _ each: Int) -> [Int] {
    Array(units.dropFirst(slot * each).prefix(each))
  }

  private func path(_ template: String?, of job: Job) -> String? {
    template.map { template in
      PathTemplate.expand(template) { tag in
        switch tag {
        case "id", "jobid", "id.f58": job.id.f58
        case "id.dec": String(job.id.rawValue)
        case "name": job.name
        default: nil
        }
      }
    }
  }
}
