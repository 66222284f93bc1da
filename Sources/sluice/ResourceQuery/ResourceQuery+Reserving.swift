import Jobspec
import Persistent
import ResourceGraph
import Scheduling
import Vocabulary

/// Time, and what is promised for a time to come.
extension ResourceQuery {
  var isAnythingPromised: Bool { promiseCount > 0 }

  /// What the broker's own functions are asked about.
  var problem: SchedulingProblem {
    SchedulingProblem(
      now: now, queue: SortedSet(), jobs: SortedMap(), holding: SortedSet(),
      others: jobs.filter { $0.state == .allocated }.map { Allocation(grants: $0.grants, expiration: $0.end) },
      promises: jobs.filter { $0.state == .reserved }.map(\.promise), graph: graph, emptyGraph: graph, origin: 0)
  }

  func question(_ jobspec: Jobspec) -> Scheduler.Question {
    Scheduler.Question(
      parts: jobspec.request, constraint: jobspec.constraint, duration: jobspec.limit, matchPolicy: policy)
  }

  mutating func takeBesidePromises(_ jobspec: Jobspec) -> [Grant]? {
    guard let grants = Scheduler.match(question(jobspec), in: problem) else { return nil }
    graph.take(grants)
    return grants
  }

  mutating func add(_ job: Job) {
    jobs.append(job)
    if job.state == .reserved { promiseCount += 1 }
  }

  func text(_ moment: Timestamp) -> String { moment.since(Timestamp(microseconds: 0)).fsd }

  /// Lets time pass moment by moment: what ends makes room for what begins.
  mutating func pass(_ text: String) throws(QueryFault) -> [String] {
    guard let span = try? TimeSpan(fsd: text), span > .zero else { throw QueryFault("\"\(text)\" is no span of time") }
    let target = now.advanced(by: span)
    var lines: [String] = []
    while let next = nextMoment, next <= target {
      now = max(now, next)
      lines += endJobs() + beginJobs()
    }
    now = target
    return ["it is \(self.text(now))"] + lines
  }

  /// When something ends, or begins that can.
  private var nextMoment: Timestamp? {
    jobs.compactMap { job in
      switch job.state {
      case .allocated: job.end
      case .reserved: graph.accepts(job.grants) || job.start > now ? job.start : nil
      case .ended, .canceled: nil
      }
    }.min()
  }

  private mutating func endJobs() -> [String] {
    var lines: [String] = []
    for index in jobs.indices where jobs[index].state == .allocated && jobs[index].end.map({ $0 <= now }) ?? false {
      graph.release(jobs[index].grants)
      jobs[index].state = .ended
      lines.append("job \(jobs[index].id) ended at \(text(now))")
    }
    return lines
  }

  private mutating func beginJobs() -> [String] {
    var lines: [String] = []
    for index in jobs.indices
    where jobs[index].state == .reserved && jobs[index].start <= now && graph.accepts(jobs[index].grants) {
      graph.take(jobs[index].grants)
      promiseCount -= 1
      jobs[index].state = .allocated
      jobs[index].start = now
      lines.append("job \(jobs[index].id) began at \(text(now))")
    }
    return lines
  }
}

extension ResourceQuery.Job {
  init(_ request: ResourceQuery.Request, id: Int, _ grants: [Grant], start: Timestamp, _ state: State) {
    self.init(
      id: id, request: request.text, grants: grants, start: start, duration: request.jobspec.limit, state: state)
  }

  /// When its time is up; `nil`: never.
  var end: Timestamp? { duration.map { start.advanced(by: $0) } }
  var promise: Promise { Promise(grants: grants, start: start, duration: duration) }
}

extension Jobspec {
  /// How long it may run; `nil`: for ever.
  fileprivate var limit: TimeSpan? { duration > .zero ? duration : nil }
}
