import BrokerCore
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

/// What clients sent, what they were told, and what must therefore be true for ever.
struct SimulatedClients {
  struct Request {
    let command: Command
    let attribution: Attribution
    var retries = 0
  }

  /// One idempotency key and everything that was heard about it.
  struct Key {
    let key: IdempotencyKey
    let user: Principal
    let issuedAt: TimeSpan
    let command: SubmitCommand
    var outcomes: [SubmissionOutcome]?
    /// The request whose submissions are in the log.
    var request: String?
  }

  /// On which every job of the palette can run.
  let inventory: ResourceInventory
  let palette: [StoredJobspec]
  private(set) var waiting: [Int: Request] = [:]
  private(set) var requestCount = 0
  var keys: [Digest: Key] = [:]
  /// In the order of their making, for choosing among them.
  var scopes: [Digest] = []
  private var keyOfRequest: [String: Digest] = [:]
  /// The last request for a result that carried a key, and who sent it.
  var lastCollection: (command: Command, user: Principal)?
  /// What they came to, by key.
  private var results: [Digest: WaitResult] = [:]
  private(set) var repeatedResults = 0
  private(set) var accepted: [JobID] = []
  private(set) var tokens: [Token] = []
  private var revoked: Set<String> = []
  /// Jobs that an operator asked to purge, whatever came of it.
  private var purged: Set<JobID> = []

  init(_ dials: SimulationDials, _ inventory: ResourceInventory, _ random: inout SeededRandom) {
    self.inventory = inventory
    palette = (0..<12).map { number in Self.jobspec(number, dials, inventory, &random) }
  }

  private static func jobspec(
    _ number: Int, _ dials: SimulationDials, _ inventory: ResourceInventory, _ random: inout SeededRandom
  ) -> StoredJobspec {
    let node = inventory.nodes[0]
    let memory = Int(node.memoryBytes >> 20)
    let onNodes = random.chance(300)
    let nodes = random.within(1...inventory.nodes.count)
    let isMock = random.chance(dials.mockJobs)
    return Samples.jobspec(
      ["job\(number)"], nodes: onNodes ? nodes : nil,
      tasks: onNodes ? nodes : random.chance(300) ? random.within(1...inventory.nodes.count) : nil,
      cores: random.within(1...node.cores.count),
      gpus: random.chance(200) ? random.within(0...node.gpuCount) : 0,
      memoryMebibytes: memory > 0 && random.chance(300) ? random.within(1...memory) : nil,
      exclusive: onNodes && random.chance(400), timeLimit: random.chance(300) ? random.within(1...2) : nil,
      attempts: random.chance(400) ? random.within(2...4) : nil,
      mockMilliseconds: isMock ? random.within(1...max(1, dials.runTime)) : nil, name: "job\(number % 3)",
      retry: random.chance(300) ? "lost,exit:1,signal:9" : nil, backoff: random.within(0...2))
  }

  // MARK: Requests

  mutating func makeRequest(
    _ command: Command, by principal: Principal, retries: Int = 0
  ) -> (number: Int, entry: BrokerProcess.Entry) {
    requestCount += 1
    let attribution = Samples.attribution(principal, request: "r\(requestCount)")
    waiting[requestCount] = Request(command: command, attribution: attribution, retries: retries)
    if case .submit(let submit) = command, let key = submit.idempotency {
      keyOfRequest["r\(requestCount)"] = key.scope
    }
    return (
      requestCount, BrokerProcess.Entry(command: command, attribution: attribution, request: requestCount)
    )
  }

  /// Clients do not retry any longer what they sent before.
  mutating func forgetKeys() {
    keys = [:]
    scopes = []
    lastCollection = nil
    results = [:]
  }

  /// No answer will come any more.
  mutating func forget(_ request: Int) { waiting[request] = nil }

  // MARK: What is learned

  mutating func noteSubmission(_ submission: Submission, request: String, _ report: (String) -> Void) {
    guard let scope = keyOfRequest[request], let key = keys[scope] else { return }
    if let other = key.request, other != request {
      report("\(request) and \(other) both submitted under one key")
    }
    keys[scope]?.request = request
  }

  mutating func complete(
    _ number: Int, _ outcome: Result<Answer, Refusal>, _ state: BrokerState, _ report: (String) -> Void
  ) {
    guard let request = waiting.removeValue(forKey: number) else { return }
    switch (request.command, outcome) {
    case (.submit(let submit), .success(.submitted(let outcomes, _))):
      noteOutcomes(outcomes, of: submit, state, report)
    case (.act(.raise(_, 0, _), let id), .success):
      if let job = state.jobs[id], job.phase != .stopping, job.phase != .finished {
        report("\(id.f58) is \(job.phase) after its cancellation")
      }
    case (.issueToken, .success(.tokenIssued(let token))): tokens.append(token)
    case (.revokeToken(let id), .success):
      if state.tokenDigests[id] != nil { report("token \(id) is there after its revocation") }
    case (.collectResult(_, let key?), .success(.collected(let result?, let isRepeat))):
      if isRepeat { repeatedResults += 1 }
      if let known = results[key.scope], known != result { report("one key gave \(known) and \(result)") }
      results[key.scope] = result
    case (.act, .failure(.notRunning)), (.act, .failure(.unknownJob)), (.act, .success), (.actMatching, .success),
      (.actMatching, .failure(.tooManyOperations)), (.update, .success), (.update, .failure(.unknownJob)),
      (.update, .failure(.notChangeable)), (.update, .failure(.forbidden)), (.collectResult, .success),
      (.collectResult, .failure(.notWaitable)), (.collectResult, .failure(.nothingToWaitFor)):
      break
    case (.purge, .success), (.allocate, .success(.allocated)), (.allocate, .failure(.conflict)),
      (.allocate, .failure(.noResources)),
      (.allocate, .failure(.unsatisfiable)), (.reserve, .success(.reserved)), (.reserve, .failure(.conflict)),
      (.deallocate, .success), (.deallocate, .failure(.unknownAllocation)), (.mutate, .failure(.conflict)):
      break
    case (.submit, .failure(.idempotencyMismatch)), (.submit, .failure(.unsatisfiable)),
      (.submit, .failure(.dependency)), (.submit, .failure(.notEnclosing)), (.submit, .failure(.lookupOutdated)),
      (.revokeToken, .failure(.unknownToken)),
      (.mutate, .success(.graphMutated)), (.mutate, .failure(.mutation)), (.mutate, .failure(.graphHasChanged)),
      (.mutate, .failure(.noResources)), (.resize, .success(.resized)), (.resize, .failure(.conflict)),
      (.resize, .failure(.unknownJob)):
      break
    default: report("\(request.command) came to \(outcome)")
    }
  }

  private mutating func noteOutcomes(
    _ outcomes: [SubmissionOutcome], of submit: SubmitCommand, _ state: BrokerState,
    _ report: (String) -> Void
  ) {
    for outcome in outcomes {
      if case .accepted(let id) = outcome { accepted.append(id) }
    }
    if outcomes.count != submit.items.count {
      report("\(outcomes.count) outcomes of \(submit.items.count) items")
    }
    guard let scope = submit.idempotency?.scope, let key = keys[scope] else { return }
    if key.key.body != submit.idempotency?.body { report("another body was taken for the same key") }
    if let earlier = key.outcomes, earlier != outcomes {
      report("a retry was answered otherwise than the first try")
    }
    keys[scope]?.outcomes = outcomes
  }

  mutating func noteRevocation(of id: String) { revoked.insert(id) }

  /// Jobs that the archive holds, and that nobody asked to purge before.
  mutating func purge(of count: Int, in journal: MemoryJournal) -> Command? {
    let ids = accepted.lazy.filter { [purged] in !purged.contains($0) && journal.endedJob($0) != nil }.prefix(count)
    let found = Array(Set(ids)).sorted()
    purged.formUnion(found)
    return found.isEmpty ? nil : .purge(found)
  }

  /// Nothing that was acknowledged may be missing.
  func checkAfterRestart(_ state: BrokerState, _ journal: MemoryJournal, _ report: (String) -> Void) {
    for id in accepted where state.jobs[id] == nil && journal.endedJob(id) == nil && !purged.contains(id) {
      report("\(id.f58) was acknowledged and is gone")
    }
    if state.archivedCount != UInt64(journal.endedCount) {
      report("the archive holds \(journal.endedCount) jobs, the state says \(state.archivedCount)")
    }
    for token in tokens where !revoked.contains(token.id) && state.tokens[token.digest] != token {
      report("token \(token.id) was acknowledged and is gone")
    }
  }
}
