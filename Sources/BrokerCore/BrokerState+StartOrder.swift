import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Scheduling
import Vocabulary

extension BrokerState {
  /// Where programs are found when the job brings no `PATH` of its own.
  static let defaultPath = "/usr/local/bin:/usr/bin:/bin"

  /// The job within which what is submitted from here is to run: of a batch job itself, of its steps theirs.
  /// - Source: flux-environment(7), `FLUX_ENCLOSING_ID`.
  private static let enclosingNames = ["SLUICE_ENCLOSING_ID", "FLUX_ENCLOSING_ID"]

  /// - Source: flux-environment(7).
  private static let copyName = "FLUX_JOB_CC"

  /// Everything a host needs to run the job's current attempt, or the program around it whose turn it is.
  func startOrder(for job: Job) -> StartOrder? {
    guard job.stage == .tasks else { return programOrder(for: job) }
    guard let graph, let allocation = job.allocation else { return nil }
    let spec = job.jobspec
    let shares = graph.shares(of: allocation)
    return StartOrder(
      id: job.attemptID, command: spec.command, environment: environment(of: job, nodeCount: shares.count),
      workingDirectory: spec.cwd ?? "/tmp", tasks: placements(of: spec, on: shares),
      nodeCount: shares.count, timeLimit: timeLimit(of: job),
      grace: BrokerLimits.terminationGrace, memoryLimit: memoryLimit(of: job), umask: spec.umask,
      resourceLimits: spec.resourceLimits.map { ResourceLimit(name: $0.name, value: $0.value) },
      input: spec.standardInput, output: path(spec.standardOutput, of: job), error: path(spec.standardError, of: job),
      mockDuration: spec.mockRunDuration, startedAt: job.startedAt,
      shell: shellOptions(of: spec, on: shares))
  }

  /// What the job asked for; for a step that asked for nothing, what the job around it may use.
  private func memoryLimit(of job: Job) -> Int64? {
    job.jobspec.demand.totalMemory ?? job.within.flatMap { jobs[$0] }.flatMap { memoryLimit(of: $0) }
  }

  /// The job's own variables, then those that tell it who it is.
  private func environment(of job: Job, nodeCount: Int) -> [EnvironmentVariable] {
    var variables: [EnvironmentVariable] = []
    var hasPath = false
    var namesCopy = false
    for entry in job.jobspec.environment where !Self.enclosingNames.contains(entry.name) {
      namesCopy = namesCopy || entry.name == Self.copyName
      hasPath = hasPath || entry.name == "PATH"
      if let value = entry.value { variables.append(EnvironmentVariable(name: entry.name, value: value)) }
    }
    if !hasPath { variables.append(EnvironmentVariable(name: "PATH", value: Self.defaultPath)) }
    variables.append(EnvironmentVariable(name: "FLUX_JOB_ID", value: job.id.f58))
    variables.append(EnvironmentVariable(name: "FLUX_JOB_SIZE", value: String(job.jobspec.demand.taskCount)))
    variables.append(EnvironmentVariable(name: "FLUX_JOB_NNODES", value: String(nodeCount)))
    variables.append(EnvironmentVariable(name: "SLUICE_JOB_ID", value: job.id.f58))
    if let copy = job.copy, !namesCopy {
      variables.append(EnvironmentVariable(name: Self.copyName, value: String(copy)))
    }
    if let enclosing = job.jobspec.isBatch ? job.id : job.within {
      for name in Self.enclosingNames { variables.append(EnvironmentVariable(name: name, value: enclosing.f58)) }
    }
    // Rises with every execution: what guards a job's own writes against its earlier attempts.
    variables.append(EnvironmentVariable(name: "SLUICE_ATTEMPT", value: String(job.attempt)))
    return variables
  }

  /// How the shepherd treats the tasks; what is not given, or not understood, is as in Flux.
  ///
  /// - Source: flux-shell-options(7).
  private func shellOptions(of spec: Jobspec, on shares: [NodeShare]) -> ShellOptions {
    var options = ShellOptions()
    if spec.demand.taskCount > 1 { options.hosts = shares.map(\.hostname) }
    if let limit = spec.outputLimit { options.outputLimit = min(limit, BrokerLimits.outputBytes) }
    options.files = spec.files.map { OrderFile(name: $0.name, mode: $0.mode, bytes: $0.bytes) }
    options.input = spec.streamedInput.map { $0 == .every ? .everyTask : .firstTask }
    let given = spec.shellOptions
    if given.isEmpty { return options }
    if given["pmi"]?.string == "off" { options.offersPMI = false }
    if given["exit-timeout"]?.string == "none" {
      options.exitTimeout = nil
    } else if let timeout = given["exit-timeout"].flatMap(\.span) {
      options.exitTimeout = timeout
    }
    options.buffersOutput = Self.isBuffered("stdout", given)
    options.buffersError = Self.isBuffered("stderr", given)
    options.exitsOnError = given["exit-on-error"]?.bool ?? (given["exit-on-error"]?.integer == 1)
    if let warning = given["signal"]?.object, let number = warning["signum"]?.integer, (1...64).contains(number),
      let before = warning["timeleft"].flatMap(\.span)
    {
      options.warning = WarningSignal(signal: Int32(number), before: before)
    }
    return options
  }

  private static func isBuffered(_ stream: String, _ options: JSONObject) -> Bool {
    options["output"]?[stream]?["buffer"]?["type"]?.string != "none"
  }

  /// What one slot of a job has.
  private struct Slot {
    let node: Int
    var cpus: [Int]
    var gpus: [Int]
  }

  /// Tasks as the job wants them dealt out; a slot's cores are its tasks' alone.
  private func placements(of spec: Jobspec, on shares: [NodeShare]) -> [TaskPlacement] {
    let slots = slots(of: spec.demand, on: shares)
    let blocks = blocks(spec.demand.taskCount, over: slots)
    guard spec.taskDistribution != .block else { return blocks }
    let nodes = spec.taskDistribution.nodes(dealtAs: blocks.map(\.node), nodeCount: shares.count)
    return spread(nodes, over: slots, nodeCount: shares.count)
  }

  private func slots(of demand: Demand, on shares: [NodeShare]) -> [Slot] {
    var slots: [Slot] = []
    for (node, share) in shares.enumerated() {
      let count = demand.slotsPerNode ?? max(1, share.cores.count / max(1, demand.coresPerSlot))
      for slot in 0..<count {
        slots.append(
          Slot(
            node: node, cpus: slice(share.cpus, slot, demand.coresPerSlot).flatMap(\.self),
            gpus: slice(share.gpus, slot, demand.gpusPerSlot)))
      }
    }
    return slots
  }

  /// Tasks in the order of nodes and slots.
  private func blocks(_ taskCount: Int, over slots: [Slot]) -> [TaskPlacement] {
    guard !slots.isEmpty else { return [] }
    var placements: [TaskPlacement] = []
    placements.reserveCapacity(taskCount)
    var localID = 0
    for task in 0..<taskCount {
      let slot = merged(slots, task, of: taskCount)
      if let last = placements.last, last.node != slot.node { localID = 0 }
      placements.append(TaskPlacement(node: slot.node, localID: localID, cpus: slot.cpus, gpus: slot.gpus))
      localID += 1
    }
    return placements
  }

  /// Tasks on the nodes given; the slots of each node are shared by the tasks there.
  private func spread(_ nodes: [Int], over slots: [Slot], nodeCount: Int) -> [TaskPlacement] {
    var slotsOfNode = [[Slot]](repeating: [], count: nodeCount)
    for slot in slots { slotsOfNode[slot.node].append(slot) }
    var counts = [Int](repeating: 0, count: nodeCount)
    for node in nodes { counts[node] += 1 }
    var next = [Int](repeating: 0, count: nodeCount)
    return nodes.map { node in
      defer { next[node] += 1 }
      let slot = merged(slotsOfNode[node], next[node], of: counts[node])
      return TaskPlacement(node: node, localID: next[node], cpus: slot.cpus, gpus: slot.gpus)
    }
  }

  /// What of the slots belongs to a task: of `s` slots and `n` tasks, task `i` has those from `i*s/n` to `(i+1)*s/n`.
  private func merged(_ slots: [Slot], _ task: Int, of taskCount: Int) -> Slot {
    let first = min(task * slots.count / taskCount, slots.count - 1)
    var slot = slots[first]
    // Fewer tasks than slots: a task has all of its slots that are on the node where it runs, as a batch script has.
    for more in slots[..<((task + 1) * slots.count / taskCount)].dropFirst(first + 1) where more.node == slot.node {
      slot.cpus += more.cpus
      slot.gpus += more.gpus
    }
    return slot
  }

  private func slice<Unit>(_ units: [Unit], _ slot: Int, _ each: Int) -> [Unit] {
    Array(units.dropFirst(slot * each).prefix(each))
  }

  private func path(_ template: String?, of job: Job) -> String? {
    template.map { template in
      PathTemplate.expand(template) { tag in
        switch tag {
        case "id", "jobid", "id.f58": job.id.f58
        case "id.dec": String(job.id.rawValue)
        case "name": job.name
        case "size": String(job.jobspec.demand.taskCount)
        default: nil
        }
      }
    }
  }
}
