import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

/// A forecast in the making.
struct Simulation {
  private var problem: SchedulingProblem
  private let options: Forecast.Options
  private let begin: Timestamp
  /// Jobs whose course is told, in order.
  private let waiting: [JobID]
  private let hypothetical: [JobID]
  private var courses: [JobID: Forecast.Course] = [:]
  /// Hypothetical jobs that are not submitted yet.
  private var arrivals = SortedMap<Moment, Job>()
  private var ends = SortedSet<Moment>()
  /// When maintenance windows end, ascending.
  private var openings: [Timestamp]
  /// When the last of the jobs whose course is told ends that has started.
  private var lastEnd: Timestamp
  private var usage: Usage
  /// The graph does not change, nor do the queues.
  private var book = RequestBook()
  private var events = 0
  private var cut: Forecast.Cut?

  /// Placements of one plan; there are more plans while there are more placements.
  private static let placementsPerPlan = 4_096

  private struct Moment: Comparable {
    let at: Timestamp
    let job: JobID

    static func < (a: Self, b: Self) -> Bool { a.at != b.at ? a.at < b.at : a.job < b.job }
  }

  init(_ problem: SchedulingProblem, _ hypotheses: [Forecast.Hypothesis], _ options: Forecast.Options) {
    self.problem = problem
    self.problem.preemption = .off
    self.options = options
    begin = problem.now
    lastEnd = begin
    usage = Usage(problem)
    openings = problem.maintenance.compactMap(\.until).filter { $0 > problem.now }.sorted()
    (self.problem.queue, cut) = Self.first(options.jobLimit, of: problem.queue)
    waiting = self.problem.queue.map(\.job)
    // After the newest, so that of one priority they come last, as new jobs do.
    let newest = problem.jobs.last?.key.rawValue ?? 0
    hypothetical = hypotheses.indices.map { JobID(newest + 1 + UInt64($0)) }
    for (id, hypothesis) in zip(hypothetical, hypotheses) {
      let at = problem.now.advanced(by: max(hypothesis.delay, .zero))
      let submission = Submission(
        id: id, owner: hypothesis.owner, spec: hypothesis.spec.digest, urgency: JobPriority.standard,
        priority: hypothesis.priority, flags: [])
      arrivals[Moment(at: at, job: id)] = Job(submission, spec: hypothesis.spec, at: at, seq: 0)
    }
    for id in waiting + hypothetical { courses[id] = Forecast.Course(job: id) }
    for id in problem.holding {
      guard let job = problem.jobs[id], let allocation = job.allocation else { continue }
      let isOpen = allocation.expiration == nil && !job.phase.isOnTheWayOut
      let end = isOpen ? begin.advanced(by: options.assumedDuration) : problem.expectedEnd(of: job, allocation)
      ends.insert(Moment(at: end, job: id))
    }
  }

  private static func first(
    _ limit: Int, of queue: SortedSet<QueueKey>
  ) -> (SortedSet<QueueKey>, Forecast.Cut?) {
    if queue.count <= limit { return (queue, nil) }
    return (SortedSet(queue.prefix(limit)), .jobs)
  }

  // MARK: Running

  mutating func run() {
    while true {
      guard events < options.eventLimit else {
        cut = .events
        return
      }
      events += 1
      submit()
      tendOthers()
      startWhatFits()
      guard let next = nextMoment else {
        tellReasons()
        return
      }
      usage.pass(from: problem.now, to: next, problem.graph)
      problem.now = next
      releaseWhatEnded()
    }
  }

  /// `nil`: nothing will change any more, or everybody's course is known.
  private var nextMoment: Timestamp? {
    if problem.queue.isEmpty, arrivals.isEmpty, lastEnd <= problem.now { return nil }
    let otherEnd = problem.others.compactMap(\.expiration).min()
    let promise = problem.promises.map(\.start).filter { $0 > problem.now }.min()
    return [ends.first?.at, arrivals.first?.key.at, openings.first, otherEnd, promise].compactMap(\.self).min()
  }

  private mutating func submit() {
    while let (moment, job) = arrivals.first, moment.at <= problem.now {
      arrivals[moment] = nil
      problem.jobs[job.id] = job
      problem.queue.insert(QueueKey(priority: job.priority, job: job.id))
    }
  }

  /// What is held apart from jobs ends with its time; what is promised begins with its own, if it is free.
  private mutating func tendOthers() {
    for allocation in problem.others where allocation.isOver(at: problem.now) {
      problem.graph.release(allocation.grants)
    }
    problem.others.removeAll { $0.isOver(at: problem.now) }
    for promise in problem.promises where promise.start <= problem.now && problem.graph.accepts(promise.grants) {
      problem.graph.take(promise.grants)
      problem.others.append(
        Allocation(grants: promise.grants, expiration: promise.duration.map { problem.now.advanced(by: $0) }))
      problem.promises.removeAll { $0 == promise }
    }
  }

  private mutating func startWhatFits() {
    while !problem.queue.isEmpty {
      let plan = Scheduler.plan(problem, placementLimit: Self.placementsPerPlan, outlookLimit: 0, &book)
      for placement in plan.placements { start(placement) }
      if plan.placements.count < Self.placementsPerPlan { return }
    }
  }

  /// Of those that are left when nothing changes any more.
  private mutating func tellReasons() {
    let outlooks = Scheduler.plan(problem, placementLimit: 1, &book).outlooks
    for outlook in outlooks { courses[outlook.job]?.reason = outlook.reason }
  }

  private mutating func start(_ placement: Plan.Placement) {
    guard var job = problem.jobs[placement.job] else { return }
    problem.graph.take(placement.grants)
    problem.queue.remove(QueueKey(priority: job.priority, job: job.id))
    let duration = problem.rules(of: job).duration(of: job)
    let allocation = Allocation(
      grants: placement.grants, expiration: duration.map { problem.now.advanced(by: $0) })
    job.fold(JobHappening(seq: 0, at: problem.now, event: .alloc(allocation)))
    problem.jobs[job.id] = job
    problem.holding.insert(job.id)
    let end = problem.now.advanced(by: duration ?? options.assumedDuration)
    ends.insert(Moment(at: end, job: job.id))
    lastEnd = max(lastEnd, end)
    let hosts = Idset(problem.graph.shares(of: allocation).map(\.rank))
    courses[job.id] = Forecast.Course(job: job.id, start: problem.now, end: end, hosts: hosts)
  }

  private mutating func releaseWhatEnded() {
    while let end = ends.first, end.at <= problem.now {
      ends.remove(end)
      problem.holding.remove(end.job)
      if let allocation = problem.jobs[end.job]?.allocation { problem.graph.release(allocation.grants) }
      problem.jobs[end.job] = nil
    }
    openings.removeAll { $0 <= problem.now }
  }

  // MARK: Telling

  var forecast: Forecast {
    return Forecast(
      waiting: waiting.compactMap { courses[$0] }, hypothetical: hypothetical.compactMap { courses[$0] },
      makespan: lastEnd.since(begin), utilisation: usage.shares, cut: cut)
  }
}

extension Allocation {
  fileprivate func isOver(at now: Timestamp) -> Bool { expiration.map { $0 <= now } ?? false }
}

extension SchedulingProblem {
  func rules(of job: Job) -> QueueRules { job.queue.flatMap { queues[$0] } ?? defaultRules }
}
