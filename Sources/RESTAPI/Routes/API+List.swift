import BrokerCore
import Cryptography
import HTTPServing
import Hosting
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

extension API {
  static let largestPage = 1_000
  static let standardPage = 100
  /// Jobs that one page looks at, in memory and in the archive each: a page may be short, with a cursor.
  static let candidatesPerPage = 20_000

  func listJobs(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(
      context.head,
      allowing: ["state", "result", "user", "tenant", "queue", "name", "since", "q", "limit", "cursor", "format"])
    let filter = try Self.filter(query)
    if try Self.isExport(query) { return try exportJobs(filter, query, context) }
    let limit = try query.integer("limit", in: 1...Self.largestPage) ?? Self.standardPage
    let before = try query.text("cursor").map { text throws(Problem) in try openCursor(text, filter, context) }
    guard let caller = context.caller else { throw .unauthorized }
    return readLater(context) { [self] () throws(Problem) in
      let page = try page(filter, before: before, limit: limit, for: caller)
      let graph = page.state.graph
      return Answers.object(200, context.requestID) { writer in
        writer.name("items")
        writer.array { writer in
          for job in page.jobs { JobRendering.write(job, graph, to: &writer) }
        }
        if let next = page.next {
          writer.field("next_cursor", cursor(next, filter, caller))
        } else {
          writer.nullField("next_cursor")
        }
        writer.field("position", page.state.position.text)
      }
    }
  }

  static func filter(_ query: QueryReader) throws(Problem) -> JobFilter {
    var filter = JobFilter()
    if let text = try query.text("state") {
      filter.states = []
      for name in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let states = JobStates(name: name) else {
          throw .badQuery(
            "state is one or more of DEPEND, PRIORITY, SCHED, RUN, CLEANUP, INACTIVE, PENDING, RUNNING, ACTIVE")
        }
        filter.states.formUnion(states)
      }
    }
    if let text = try query.text("result") {
      var results: Set<JobResult> = []
      for name in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let result = JobResult(name: name) else {
          throw .badQuery("result is one or more of COMPLETED, FAILED, CANCELED, TIMEOUT")
        }
        results.insert(result)
      }
      filter.results = results
    }
    filter.user = try query.text("user")
    filter.tenant = try query.text("tenant")
    filter.queue = try query.text("queue")
    filter.name = try query.text("name")
    filter.since = try query.text("since").map { text throws(Problem) in
      guard let time = Timestamp(rfc3339: text) else { throw .badQuery("since is an RFC 3339 time") }
      return time
    }
    if let text = try query.text("q") {
      do throws(SyntaxFault) { filter.query = try JobQuery(text) } catch {
        throw .badQuery("q, at byte \(error.offset): \(error.message)")
      }
    }
    return filter
  }

  private static func isExport(_ query: QueryReader) throws(Problem) -> Bool {
    switch try query.text("format") {
    case nil, "json": false
    case "csv": true
    default: throw .badQuery("format is json or csv")
    }
  }

  private func exportJobs(
    _ filter: JobFilter, _ query: QueryReader, _ context: RequestContext
  ) throws(Problem) -> HTTPReply {
    guard try query.text("cursor") == nil else { throw .badQuery("csv comes whole, without a cursor") }
    let limit = try query.integer("limit", in: 1...Self.largestExport) ?? Self.largestExport
    return try openStream(context, type: "text/csv; charset=utf-8") { [self] caller in
      AccountingExport(api: self, caller: caller, filter: filter, limit: limit)
    }
  }

  /// Lines of one export: more jobs than an archive holds.
  private static let largestExport = 1_000_000_000

  struct Page {
    let jobs: [Job]
    let next: JobID?
    let state: BrokerState
  }

  /// Newest first, from memory and from the archive.
  ///
  /// Memory is read first: a job that ends in between is then seen twice, which is mended here, and never
  /// not at all.
  func page(
    _ filter: JobFilter, before: JobID?, limit: Int, for caller: Caller
  ) throws(Problem) -> Page {
    let state = broker.snapshot
    let active = ActiveJobs.page(state, filter, before: before, limit: limit, for: caller)
    let ended = try endedPage(filter, before: before, limit: limit, for: caller, epoch: state.epoch)
    // Below where one of the two stopped looking, the other's jobs cannot be placed yet.
    let bound = max(active.nextBefore ?? JobID(0), ended.nextBefore ?? JobID(0))
    var merged: [JobID: Job] = [:]
    for job in ended.jobs where job.id >= bound { merged[job.id] = job }
    for job in active.jobs where job.id >= bound && merged[job.id] == nil { merged[job.id] = job }
    let jobs = merged.values.sorted { $0.id > $1.id }
    if jobs.count > limit { return Page(jobs: Array(jobs.prefix(limit)), next: jobs[limit - 1].id, state: state) }
    return Page(jobs: jobs, next: bound == JobID(0) ? nil : bound, state: state)
  }

  private func endedPage(
    _ filter: JobFilter, before: JobID?, limit: Int, for caller: Caller, epoch: UInt32
  ) throws(Problem) -> ArchivePage {
    guard filter.states.contains(JobStates(.inactive)) else { return ArchivePage(jobs: [], nextBefore: nil) }
    do throws(ArchiveFailure) {
      let page = try broker.ports.archive.endedJobs(
        matching: filter, owner: caller.role == .owner ? nil : caller.principal.userID, before: before,
        limit: limit + 1, candidates: Self.candidatesPerPage)
      guard let query = filter.query else { return page }
      // The archive does not know queries: what it found is looked through here, and the page may be short.
      return ArchivePage(
        jobs: page.jobs.filter(query.matches),
        nextBefore: page.jobs.count > limit ? page.jobs.last?.id : page.nextBefore)
    } catch {
      throw Problem(error, epoch: epoch)
    }
  }

  // MARK: Cursors

  private static func cursorPurpose(_ filter: JobFilter, _ caller: Caller) -> String {
    var writer = PackedWriter()
    filter.pack(into: &writer)
    if let query = filter.query { writer.write(query.text) }
    return "jobs \(SHA256.digest(of: writer.bytes).hex) \(caller.principal.userID) \(caller.role.rawValue)"
  }

  private func cursor(_ id: JobID, _ filter: JobFilter, _ caller: Caller) -> String {
    var writer = PackedWriter()
    writer.write(id)
    return configuration.sealer.seal(writer.bytes, purpose: Self.cursorPurpose(filter, caller))
  }

  private func openCursor(
    _ text: String, _ filter: JobFilter, _ context: RequestContext
  ) throws(Problem) -> JobID {
    guard let caller = context.caller,
      let bytes = configuration.sealer.open(text, purpose: Self.cursorPurpose(filter, caller))
    else { throw Problem(400, "bad_cursor", "the cursor is not one of this list's") }
    var reader = PackedReader(bytes)
    guard let id = try? reader.readJobID() else {
      throw Problem(400, "bad_cursor", "the cursor is not one of this list's")
    }
    return id
  }
}

/// Pages of the jobs in memory.
enum ActiveJobs {
  static func page(
    _ state: BrokerState, _ filter: JobFilter, before: JobID?, limit: Int, for caller: Caller
  ) -> ArchivePage {
    // An active job has no result yet.
    guard filter.results == nil else { return ArchivePage(jobs: [], nextBefore: nil) }
    var jobs: [Job] = []
    var candidates = 0
    var next: JobID?
    func look(_ job: Job) -> Bool {
      if jobs.count > limit || candidates >= API.candidatesPerPage {
        next = JobID(job.id.rawValue + 1)
        return false
      }
      candidates += 1
      if caller.maySee(job.owner), filter.matches(job) { jobs.append(job) }
      return true
    }
    let userID = caller.role == .owner ? filter.user.flatMap { state.users[$0]?.userID } : caller.principal.userID
    if let userID {
      let end = BrokerState.OwnedJob(userID: userID, job: before ?? JobID(.max))
      state.jobsByOwner.forEachReversed(below: end) { owned in
        guard owned.userID == userID, let job = state.jobs[owned.job] else { return false }
        return look(job)
      }
    } else {
      state.jobs.forEachReversed(below: before) { _, job in look(job) }
    }
    return ArchivePage(jobs: jobs, nextBefore: next)
  }
}
