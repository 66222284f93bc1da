import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

/// One plan in the making.
struct Cycle {
  let problem: SchedulingProblem
  private let placementLimit: Int
  private let candidateLimit: Int
  private let outlookLimit: Int

  /// With what this plan places taken.
  var graph: ResourceGraph
  var lanes: [Lane] = []
  private var laneNumbers: [String: Int] = [:]
  private var shutLanes = 0
  var book: RequestBook
  /// By user.
  private var knownExemptions: [UInt32: UInt64] = [:]

  /// Made when the first reservation is: until then, what is free now is all that counts.
  var timetable: Timetable?
  var firstReservation: Timestamp?
  var reservations = 0
  /// Searches still allowed.
  var searches = SchedulingLimits.searchesPerCycle
  var preemption: Preemption?
  /// Windows that are not over, as the graph knows hosts.
  let closures: [HostClosure]

  private var looked = 0
  private(set) var placements: [Plan.Placement] = []
  private var outlooks: [Outlook] = []

  /// - Parameter book: of earlier plans on the same graph and queues.
  init(
    _ problem: SchedulingProblem, placementLimit: Int, candidateLimit: Int, outlookLimit: Int,
    book: RequestBook = RequestBook()
  ) {
    self.problem = problem
    self.book = book
    self.placementLimit = placementLimit
    self.candidateLimit = candidateLimit
    self.outlookLimit = outlookLimit
    graph = problem.graph
    closures = problem.maintenance.map { $0.closure(in: problem.graph) }
    lanes.append(Lane(problem.defaultRules))
    for rules in problem.queues.values {
      laneNumbers[rules.name] = lanes.count
      lanes.append(Lane(rules))
    }
    shutLanes = lanes.count { $0.isShut }
    reopenBook()
    keepPromises()
  }

  var plan: Plan {
    Plan(
      placements: placements, origin: problem.origin, outlooks: outlooks, preemptions: preemption?.victims ?? [])
  }

  // MARK: Candidates

  /// Starts the next job of the queue, or finds out what it waits for.
  /// - Returns: whether to go on.
  mutating func consider(_ id: JobID) -> Bool {
    guard looked < candidateLimit, placements.count < placementLimit else { return false }
    // Stopped queues are told why, as far as there is room; then nothing is left to find out.
    if shutLanes == lanes.count, outlooks.count >= outlookLimit || !mayExplainShutLanes {
      return false
    }
    looked += 1
    guard let job = problem.jobs[id] else { return true }
    let number = request(of: job)
    let lane = book.requests[number].key.lane
    if lanes[lane].isShut {
      explain(job) { $0.reasonOfShutLane(lane) }
    } else if let grants = start(number) {
      let selection: Plan.Selection = lanes[lane].firstWaiting == nil ? .priority : .backfill
      placements.append(
        Plan.Placement(job: id, attempt: job.attempt, grants: grants, selection: selection, queue: job.queue))
    } else {
      wait(job, number, lane)
    }
    return true
  }

  /// Behind first come, first served, a plan costs what it starts, not what waits.
  private var mayExplainShutLanes: Bool { lanes.contains { !$0.rules.isStarted } }

  /// A job that does not fit now.
  private mutating func wait(_ job: Job, _ number: Int, _ lane: Int) {
    guard isPossible(number) else {
      explain(job) { _ in "the instance as it is could not hold it" }
      return
    }
    if lanes[lane].firstWaiting == nil { lanes[lane].firstWaiting = job.id }
    let isOwed = makeWay(for: job, number)
    let start = isOwed || mayReserve(in: lane) ? reserve(number, lane) : nil
    explain(job, start: start) { $0.reason(number) }
    if lanes[lane].rules.policy.reservations == 0 {
      lanes[lane].isShut = true
      shutLanes += 1
    }
  }

  private mutating func isPossible(_ number: Int) -> Bool {
    if let known = book.requests[number].isPossible { return known }
    let isPossible =
      problem.emptyGraph.shortage(for: book.requests[number].jobspec, among: book.requests[number].hosts) == nil
    book.requests[number].isPossible = isPossible
    return isPossible
  }

  private mutating func explain(_ job: Job, start: Timestamp? = nil, _ reason: (inout Cycle) -> String) {
    guard outlooks.count < outlookLimit else { return }
    let text = reason(&self)
    outlooks.append(Outlook(job: job.id, estimatedStart: start, reason: text))
  }

  // MARK: Requests

  mutating func request(of job: Job) -> Int {
    let exemptions = exemptions(of: job)
    let key = RequestBook.SpecKey(digest: job.spec.digest, changed: job.changed, exemptions: exemptions)
    if let known = book.known[key] { return known }
    let jobspec = job.jobspec
    let lane = job.queue.flatMap { laneNumbers[$0] } ?? 0
    let rules = lanes[lane].rules
    let parts = Request.Key(
      parts: jobspec.request, constraint: jobspec.constraint, duration: rules.duration(of: job), lane: lane,
      exemptions: exemptions)
    let number: Int
    if let known = book.numbers[parts] {
      number = known
    } else {
      number = book.requests.count
      book.numbers[parts] = number
      book.requests.append(makeRequest(parts, jobspec, rules))
    }
    book.known[key] = number
    return number
  }

  private mutating func makeRequest(_ key: Request.Key, _ jobspec: Jobspec, _ rules: QueueRules) -> Request {
    var hosts: HostSet?
    for constraint in [key.constraint, rules.requires].compactMap(\.self) {
      let allowed = book.hostSets[constraint] ?? graph.hosts(allowedBy: constraint)
      book.hostSets[constraint] = allowed
      hosts = hosts.map { $0.intersection(allowed) } ?? allowed
    }
    return Request(
      key: key, jobspec: jobspec, compiled: graph.compile(key.parts), matchPolicy: rules.matchPolicy, hosts: hosts,
      openHosts: openHosts(of: key, hosts))
  }

  /// Those that are open for a job that starts now.
  private func openHosts(of key: Request.Key, _ hosts: HostSet?) -> HostSet? {
    HostClosure.hosts(
      hosts, without: closures(exempting: key.exemptions), in: graph, from: problem.now,
      until: key.duration.map { problem.now.advanced(by: $0) })
  }

  /// What earlier plans found out about their own time does not hold any more.
  private mutating func reopenBook() {
    for number in book.requests.indices {
      let hosts = closures.isEmpty ? nil : openHosts(of: book.requests[number].key, book.requests[number].hosts)
      book.requests[number].reopen(hosts)
    }
  }

  func closures(exempting exemptions: UInt64) -> [HostClosure] {
    closures.enumerated().filter { exemptions & (1 << UInt64($0.offset)) == 0 }.map(\.element)
  }

  private mutating func exemptions(of job: Job) -> UInt64 {
    if problem.maintenance.isEmpty { return 0 }
    if let known = knownExemptions[job.owner.userID] { return known }
    var bits: UInt64 = 0
    for (index, window) in problem.maintenance.enumerated() where window.users.contains(job.owner.userID) {
      bits |= 1 << UInt64(index)
    }
    knownExemptions[job.owner.userID] = bits
    return bits
  }
}

extension MaintenanceWindow {
  fileprivate func closure(in graph: ResourceGraph) -> HostClosure {
    HostClosure(hosts: hosts.map { HostSet(rankLimit: graph.rankLimit, ranks: $0) }, from: from, until: until)
  }
}
