import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Scheduling
import Testing
import Vocabulary

/// A small machine with running and waiting jobs; times are whole seconds after now, ids small numbers.
struct PlanningWorld {
  static let now = Timestamp(microseconds: 1_000_000_000_000)

  var problem: SchedulingProblem

  init(nodes: Int, cores: Int = 1, policy: SchedulingPolicy = .fcfs) {
    var graph = ResourceGraph()
    let node = Fragment(type: "node", count: nodes, children: [Fragment(type: "core", count: cores)])
    graph.apply(.add(Fragment(type: "cluster", children: [node]), under: nil))
    problem = SchedulingProblem(
      now: Self.now, queue: SortedSet(), jobs: SortedMap(), holding: SortedSet(), graph: graph, emptyGraph: graph,
      origin: 7, defaultRules: QueueRules(name: "", policy: policy))
  }

  /// What a job asks for: whole nodes, or cores anywhere, or cores on each of so many nodes.
  struct Ask {
    var nodes: Int?
    var cores: Int?
    var seconds: Int?
    var queue: String?
    var requires: String?
    var preemptibleAfter: Int?
    var priority: UInt32 = 16
    var user = 1

    static func nodes(_ count: Int, for seconds: Int? = nil) -> Ask { Ask(nodes: count, seconds: seconds) }
    static func cores(_ count: Int, for seconds: Int? = nil) -> Ask { Ask(cores: count, seconds: seconds) }
    static func nodes(_ count: Int, cores: Int, for seconds: Int? = nil) -> Ask {
      Ask(nodes: count, cores: cores, seconds: seconds)
    }

    func with(_ change: (inout Ask) -> Void) -> Ask {
      var copy = self
      change(&copy)
      return copy
    }

    var spec: StoredJobspec {
      var fields = JSONObject()
      fields["command"] = .array([.string("true")])
      if let nodes { fields["nnodes"] = .integer(Int64(nodes)) }
      if let nodes, let cores {
        fields["ntasks"] = .integer(Int64(nodes))
        fields["cores_per_task"] = .integer(Int64(cores))
      } else if let cores {
        fields["ntasks"] = .integer(Int64(cores))
      } else {
        fields["exclusive"] = .bool(true)
      }
      if let seconds { fields["time_limit"] = .integer(Int64(seconds)) }
      if let queue { fields["queue"] = .string(queue) }
      if let requires { fields["requires"] = .string(requires) }
      if let preemptibleAfter { fields["preemptible_after"] = .integer(Int64(preemptibleAfter)) }
      do {
        let jobspec = try SubmissionRequest.parse(.object(fields)).jobspec
        var writer = PackedWriter()
        jobspec.pack(into: &writer)
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in writer.bytes { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        return StoredJobspec(digest: Digest(hash, UInt64(writer.bytes.count), 0, 0), jobspec: jobspec)
      } catch {
        preconditionFailure("a sample is valid: \(error)")
      }
    }
  }

  static func time(_ seconds: Int) -> Timestamp { now.advanced(by: .seconds(Int64(seconds))) }

  private func job(_ id: UInt64, _ ask: Ask) -> Job {
    let spec = ask.spec
    return Job(
      Submission(
        id: JobID(id), owner: Principal(name: "user\(ask.user)", userID: UInt32(ask.user), tenant: ""),
        spec: spec.digest, urgency: 16, priority: ask.priority, flags: []), spec: spec, at: Self.now, seq: id)
  }

  mutating func submit(_ id: UInt64, _ ask: Ask) {
    let job = job(id, ask)
    problem.jobs[job.id] = job
    problem.queue.insert(QueueKey(priority: ask.priority, job: job.id))
  }

  /// A job that runs since `started` seconds before now, and whose time is up at `end`.
  mutating func run(_ id: UInt64, _ ask: Ask, until end: Int?, startedBefore started: Int = 0) throws {
    var job = job(id, ask)
    let found = problem.graph.match(problem.graph.compile(job.jobspec.request))
    let grants = try #require(found)
    let allocation = Allocation(grants: grants, expiration: end.map { Self.time($0) })
    job.fold(JobHappening(seq: id, at: Self.time(-started), event: .alloc(allocation)))
    job.fold(JobHappening(seq: id, at: Self.time(-started), event: .start))
    problem.jobs[job.id] = job
    problem.holding.insert(job.id)
  }

  /// Its processes are being ended.
  mutating func stop(_ id: UInt64) {
    problem.jobs[JobID(id)]?.fold(
      JobHappening(
        seq: id, at: Self.now,
        event: .exception(JobException(type: "cancel", severity: 0, note: "", userID: nil))))
  }

  func plan(limit: Int = 100) -> Plan { Scheduler.plan(problem, placementLimit: limit) }

  // MARK: Outcomes

  /// The ranks of the hosts that grants lie on, such as `0-2`.
  func hosts(_ grants: [Grant]) -> String {
    let allocation = Allocation(grants: grants, expiration: nil)
    return Idset(problem.graph.shares(of: allocation).map(\.rank)).description
  }

  /// Who starts where, such as `3 on 0-1` or `4 on 2 by backfill`.
  func starts(_ plan: Plan) -> [String] {
    plan.placements.map {
      "\($0.job.rawValue) on \(hosts($0.grants))\($0.selection == .backfill ? " by backfill" : "")"
    }
  }

  /// Who starts when, such as `2 at 10`, of those that have an estimate.
  func estimates(_ plan: Plan) -> [String] {
    plan.outlooks.compactMap { outlook in
      outlook.estimatedStart.map { "\(outlook.job.rawValue) at \(Self.seconds($0))" }
    }
  }

  func reason(_ id: UInt64, _ plan: Plan) -> String? { plan.outlooks.first { $0.job == JobID(id) }?.reason }

  static func seconds(_ time: Timestamp) -> Int { Int(time.since(now).microseconds / 1_000_000) }
}
