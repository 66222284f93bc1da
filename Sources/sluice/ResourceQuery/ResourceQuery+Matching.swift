import Jobspec
import ResourceGraph
import Scheduling
import Vocabulary

extension ResourceQuery {
  enum Mode: String {
    case allocate
    case allocateOrElseReserve = "allocate_orelse_reserve"
    case withoutAllocating = "without_allocating"
    case satisfiability

    var takes: Bool { self == .allocate || self == .allocateOrElseReserve }
  }

  /// What was asked for, and how it was written.
  struct Request {
    let jobspec: Jobspec
    let text: String
  }

  mutating func match(_ arguments: [String]) throws(QueryFault) -> [String] {
    let (mode, request) = try matchArguments(arguments)
    if let type = graph.compile(request.jobspec.request).unknownType {
      return ["\(mode == .satisfiability ? "unsatisfiable" : "no match"): nothing is of type \(type)"]
    }
    let grants = attempt(mode, request)
    if mode == .satisfiability { return [grants == nil ? "unsatisfiable" : "satisfiable"] }
    guard let grants else { return ["no match"] }
    let isReserved = mode == .allocateOrElseReserve && jobs.last?.state == .reserved
    let reserved = isReserved ? jobs.last.map { ", reserved at \(text($0.start))" } : nil
    return [mode.takes ? "job \(jobs.count)\(reserved ?? "")" : "match"] + GrantLines(graph).lines(grants)
  }

  func matchArguments(_ arguments: [String]) throws(QueryFault) -> (Mode, Request) {
    guard let mode = arguments.first.flatMap({ Mode(rawValue: $0) }) else {
      throw QueryFault("usage: match allocate|allocate_orelse_reserve|without_allocating|satisfiability REQUEST")
    }
    let words = Array(arguments.dropFirst())
    return (mode, Request(jobspec: try jobspec(words), text: words.joined(separator: " ")))
  }

  /// - Returns: what would be granted, or is, or will be; `nil` when nothing matches.
  mutating func attempt(_ mode: Mode, _ request: Request) -> [Grant]? {
    let jobspec = request.jobspec
    if mode.takes {
      if let grants = isAnythingPromised ? takeBesidePromises(jobspec) : take(jobspec) {
        add(Job(request, id: jobs.count + 1, grants, start: now, .allocated))
        return grants
      }
      guard mode == .allocateOrElseReserve,
        let opening = Scheduler.opening(for: question(jobspec), in: problem)
      else { return nil }
      add(Job(request, id: jobs.count + 1, opening.grants, start: opening.start, .reserved))
      return opening.grants
    }
    if mode == .withoutAllocating, isAnythingPromised { return Scheduler.match(question(jobspec), in: problem) }
    var copy = mode == .satisfiability ? idle() : graph
    return measurements.matches.measure { Self.match(jobspec, policy, in: &copy) }
  }

  /// The graph itself changes, as the broker's does: no copy of it is alive meanwhile.
  private mutating func take(_ jobspec: Jobspec) -> [Grant]? {
    measurements.matches.measure { Self.match(jobspec, policy, in: &graph) }
  }

  mutating func cancel(_ text: String) throws(QueryFault) -> [String] {
    let index = try job(text)
    switch jobs[index].state {
    case .allocated: graph.release(jobs[index].grants)
    case .reserved: promiseCount -= 1
    case .ended, .canceled: throw QueryFault("job \(jobs[index].id) was \(jobs[index].state) before")
    }
    jobs[index].state = .canceled
    return ["job \(jobs[index].id) canceled"]
  }

  func info(_ text: String) throws(QueryFault) -> [String] {
    let job = jobs[try job(text)]
    let when = job.state == .reserved ? " at \(self.text(job.start))" : ""
    let head = "job \(job.id) \(job.state)\(when): \(job.request)"
    // What a job held that is over may be somebody else's, or gone.
    return job.state == .allocated || job.state == .reserved ? [head] + GrantLines(graph).lines(job.grants) : [head]
  }

  /// - Returns: its place among the jobs.
  private func job(_ text: String) throws(QueryFault) -> Int {
    guard let id = Int(text), id > 0, id <= jobs.count else { throw QueryFault("there is no job \(text)") }
    return id - 1
  }

  private static func match(
    _ jobspec: Jobspec, _ policy: MatchPolicy, in graph: inout ResourceGraph
  ) -> [Grant]? {
    let hosts = jobspec.constraint.map { graph.hosts(allowedBy: $0) }
    return graph.match(graph.compile(jobspec.request), policy: policy, hosts: hosts)
  }

  /// The graph as if nothing were held and everything were up and in service, but for what is excluded.
  func idle() -> ResourceGraph {
    var idle = graph
    for job in jobs where job.state == .allocated { idle.release(job.grants) }
    guard let root = idle.root else { return idle }
    graph.forEachVertex(from: root) { vertex in
      guard let view = graph.view(of: vertex) else { return }
      if view.isDown { idle.apply(.setStatus(vertex, .up)) }
      if view.drain != nil { idle.apply(.drain(vertex, nil)) }
    }
    return idle
  }

  // MARK: Requests

  /// A file's name, or `--shape TEXT` and perhaps `--requires QUERY` and `--for TIME`.
  func jobspec(_ arguments: [String]) throws(QueryFault) -> Jobspec {
    if arguments.count == 1, let path = arguments.first, !path.hasPrefix("--") {
      return try DocumentFile(path).jobspec()
    }
    var fields: [String: String] = [:]
    for index in stride(from: 0, to: arguments.count - 1, by: 2) {
      fields[arguments[index]] = arguments[index + 1]
    }
    let known = Set(fields.keys).isSubset(of: ["--shape", "--requires", "--for"])
    guard known, 2 * fields.count == arguments.count, let shape = fields["--shape"] else {
      throw QueryFault("a request is JOBSPECFILE, or --shape TEXT [--requires QUERY] [--for TIME]")
    }
    // A submission has a command; here nothing ever runs.
    var submission: JSONObject = ["command": .array([.string("true")]), "shape": .string(shape)]
    if let query = fields["--requires"] { submission["requires"] = .string(query) }
    if let time = fields["--for"] { submission["time_limit"] = .string(time) }
    do throws(InvalidDocument) {
      return try SubmissionRequest.parse(.object(submission)).jobspec
    } catch {
      throw QueryFault(error, in: "request")
    }
  }
}
