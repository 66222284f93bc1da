import BrokerCore
import Jobs
import Persistent
import ResourceGraph
import Scheduling
import Vocabulary

/// What `BrokerState` keeps beside the jobs, worked out again from the jobs.
enum IndexChecker {
  /// - Returns: the first index that is wrong.
  static func fault(in state: BrokerState) -> String? {
    var queue: [QueueKey] = []
    var executing: [JobID] = []
    var holding: [JobID] = []
    var steps: [JobID: [JobID]] = [:]
    var waitingSteps: [JobID: [QueueKey]] = [:]
    var owned: [BrokerState.OwnedJob] = []
    var counts: [UInt32: Int] = [:]
    var uses: [Digest: Int] = [:]
    for (id, job) in state.jobs {
      if id != job.id { return "a job lies under another id" }
      if id > state.lastJobID { return "the last id is behind \(id.f58)" }
      if job.phase == .waiting, job.priority > 0 {
        let key = QueueKey(priority: job.priority, job: id)
        if let around = job.within { waitingSteps[around, default: []].append(key) } else { queue.append(key) }
      }
      if job.phase.isExecuting { executing.append(id) }
      if job.phase.isExecuting, job.within == nil { holding.append(id) }
      if let around = job.within { steps[around, default: []].append(id) }
      owned.append(BrokerState.OwnedJob(userID: job.owner.userID, job: id))
      counts[job.owner.userID, default: 0] += 1
      uses[job.spec.digest, default: 0] += 1
    }
    if Array(state.queue) != queue.sorted() { return "the queue differs from the waiting jobs" }
    if Array(state.executing) != executing { return "`executing` differs from the jobs" }
    if Array(state.holding) != holding { return "`holding` differs from the jobs" }
    for around in steps.keys where state.enclosures[around] == nil { return "\(around.f58) does not know its steps" }
    for (id, enclosure) in state.enclosures {
      if Array(enclosure.steps) != steps[id] ?? [] { return "the steps of \(id.f58) differ from the jobs" }
      if Array(enclosure.queue) != (waitingSteps[id] ?? []).sorted() { return "the queue within \(id.f58) differs" }
      if let fault = fault(in: enclosure, of: id, state) { return fault }
    }
    if Array(state.jobsByOwner) != owned.sorted() { return "`jobsByOwner` differs from the jobs" }
    if state.activeCounts.count != counts.count
      || state.activeCounts.contains(where: { counts[$0.key] != $0.value })
    {
      return "`activeCounts` differs from the jobs"
    }
    if state.jobspecs.count != uses.count
      || state.jobspecs.contains(where: { uses[$0.key] != $0.value.count })
    {
      return "the counts of jobspecs differ from the jobs"
    }
    if !state.enclosuresAreConsistent { return "whose steps are to be settled differs from the jobs" }
    if !state.dependenciesAreConsistent { return "who waits for what differs from the jobs" }
    return fault(inAnswersOf: state) ?? fault(inTokensOf: state)
  }

  /// What steps hold, taken anew of what their job holds.
  private static func fault(in enclosure: Enclosure, of id: JobID, _ state: BrokerState) -> String? {
    guard let graph = state.graph, let allocation = state.jobs[id]?.allocation else {
      return "\(id.f58) has steps and holds nothing"
    }
    var fresh = Confinement(allocation.grants, of: graph)
    for step in enclosure.steps.compactMap({ state.jobs[$0] }) where step.phase.isExecuting {
      guard let grants = step.allocation?.grants, fresh.accepts(grants) else {
        return "\(step.id.f58) holds what its job does not have for it"
      }
      fresh.take(grants)
    }
    let isEqual = fresh.graph.free(ofType: "core") == enclosure.confinement.graph.free(ofType: "core")
    if Array(enclosure.executing) != enclosure.steps.filter({ state.jobs[$0]?.phase.isExecuting == true }) {
      return "who executes within \(id.f58) differs from the jobs"
    }
    guard fresh.emptyGraph.count == enclosure.confinement.emptyGraph.count else {
      return "what is within \(id.f58) is not what its job holds"
    }
    return isEqual ? nil : "what is free within \(id.f58) differs from what its steps hold"
  }

  private static func fault(inAnswersOf state: BrokerState) -> String? {
    var counts: [UInt32: Int] = [:]
    for answer in state.answers.values { counts[answer.owner.userID, default: 0] += 1 }
    if state.answersByAge.count != state.answers.count { return "`answersByAge` differs from the answers" }
    if state.answerCounts.count != counts.count
      || state.answerCounts.contains(where: { counts[$0.key] != $0.value })
    {
      return "`answerCounts` differs from the answers"
    }
    return state.keptResultsAreConsistent ? nil : "which results are kept differs from the answers"
  }

  private static func fault(inTokensOf state: BrokerState) -> String? {
    let isEqual =
      state.tokens.count == state.tokenDigests.count
      && state.tokens.allSatisfy { state.tokenDigests[$0.value.id] == $0.key }
    return isEqual ? nil : "`tokenDigests` differs from the tokens"
  }
}
