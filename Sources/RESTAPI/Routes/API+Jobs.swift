import BrokerCore
import HTTPServing
import Hosting
import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

extension API {
  static var jobRoutes: [Route] {
    let submissionTypes = [MediaTypes.json, MediaTypes.yaml, MediaTypes.fluxJSON, MediaTypes.fluxYAML]
    return [
      Route(
        "POST", "/v1/jobs",
        .whole(types: submissionTypes, limit: SubmissionReader.maximumBytes, isOptional: false) {
          api, context, body throws(Problem) in try api.submit(context, body)
        }),
      Route(
        "POST", "/v1/jobs/bulk", produces: [MediaTypes.ndjson],
        .pieces(types: [MediaTypes.ndjson]) { api, context throws(Problem) in
          try BulkSubmission(api: api, context: context)
        }),
      Route(
        "GET", "/v1/jobs", produces: [MediaTypes.json, MediaTypes.csv],
        .none { api, context throws(Problem) in try api.listJobs(context) }),
      Route("GET", "/v1/jobs/{id}", .none { api, context throws(Problem) in try api.showJob(context) }),
      Route(
        "GET", "/v1/jobs/{id}/jobspec",
        .none { api, context throws(Problem) in
          try api.withJob(context) { job, _ in
            var bytes: [UInt8] = []
            job.jobspec.rendered().appendJSON(to: &bytes)
            return Answers.json(200, context.requestID, bytes)
          }
        }),
      Route("GET", "/v1/jobs/{id}/R", .none { api, context throws(Problem) in try api.showResources(context) }),
      Route(
        "GET", "/v1/jobs/{id}/eventlog", produces: [MediaTypes.ndjson],
        .none { api, context throws(Problem) in
          try api.withJob(context) { job, _ in
            Answers.bytes(200, MediaTypes.ndjson, context.requestID, JobRendering.eventlog(of: job))
          }
        }),
    ]
  }

  // MARK: Submission

  private func submit(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run", "wait", "timeout", "urgency", "within"])
    let types = [MediaTypes.json, MediaTypes.yaml, MediaTypes.fluxJSON, MediaTypes.fluxYAML]
    let type = try MediaTypes.contentType(context.head, types)
    let item = try SubmissionReader.item(body, type: type, query)
    let wait = try JobWait.Request(query)
    let key = try Idempotency.key(context, route: "POST /v1/jobs", items: [item])
    try checkUrgency(item, context)
    let isDryRun = try query.flag("dry_run")
    let resolution = DependencyResolution([item], broker)
    let pending = unanswered(context, seconds: JobWait.commitSeconds + (wait?.timeout.seconds ?? 0))
    let begin: @Sendable () throws(Problem) -> Void = { [self] () throws(Problem) in
      let items = try resolution.resolved(self)
      let command = Command.submit(SubmitCommand(items: items, idempotency: key, isAtomic: true))
      if isDryRun {
        let response = try previewSubmission(command, context)
        return pending.complete { response }
      }
      try submit(command, wait, context, pending)
    }
    guard resolution.needsArchive else {
      try begin()
      return .later(pending)
    }
    let isTaken = readers.submit {
      do throws(Problem) { try begin() } catch {
        pending.complete { error.response(requestID: context.requestID) }
      }
    }
    guard isTaken else { throw Problem(Unavailability.inboxFull) }
    return .later(pending)
  }

  private func submit(
    _ command: Command, _ wait: JobWait.Request?, _ context: RequestContext, _ pending: PendingReply
  ) throws(Problem) {
    try send(command, context) { [self] outcome in
      switch outcome {
      case .answered(.submitted(let outcomes, let isRepeat)):
        guard case .accepted(let id)? = outcomes.first else { return }
        if let wait {
          JobWait(api: self, context: context, job: id, wait, pending).begin()
        } else {
          showSubmitted(id, isRepeat: isRepeat, context, pending)
        }
      default: pending.complete { [self] in failure(outcome, context) }
      }
    }
  }

  func checkUrgency(_ item: SubmitCommand.Item, _ context: RequestContext) throws(Problem) {
    guard context.caller?.role != .owner, item.urgency > JobPriority.standard else { return }
    throw Problem(403, "forbidden", "urgency above \(JobPriority.standard) is for the instance owner")
  }

  private func showSubmitted(_ id: JobID, isRepeat: Bool, _ context: RequestContext, _ pending: PendingReply) {
    let headers = [
      HeaderField(name: "Location", value: "/v1/jobs/\(id.f58)"),
      HeaderField(name: "Idempotency-Replayed", value: isRepeat ? "true" : "false"),
    ]
    if broker.withSnapshot({ $0.jobs[id] }) != nil {
      pending.complete { [self] in
        let (job, graph) = broker.withSnapshot { ($0.jobs[id], $0.graph) }
        guard let job else { return submittedEarlier(id, headers, context) }
        return Answers.json(201, context.requestID, headers: headers, Self.rendered(job, graph))
      }
    } else {
      // It has ended already.
      readLater(context, pending) { [self] () throws(Problem) in
        guard let job = try archived(id) else { throw .notFound }
        let graph = broker.withSnapshot { $0.graph }
        return Answers.json(201, context.requestID, headers: headers, Self.rendered(job, graph))
      }
    }
  }

  /// A job that ended between the commit and the rendering: its id and place are what matters.
  private func submittedEarlier(
    _ id: JobID, _ headers: [HeaderField], _ context: RequestContext
  ) -> HTTPResponse {
    do throws(Problem) {
      guard let job = try archived(id) else { throw .notFound }
      return Answers.json(201, context.requestID, headers: headers, Self.rendered(job, nil))
    } catch {
      return error.response(requestID: context.requestID)
    }
  }

  private func previewSubmission(_ command: Command, _ context: RequestContext) throws(Problem) -> HTTPResponse {
    _ = try preview(of: command, context)
    return Answers.object(200, context.requestID) { writer in
      writer.field("dry_run", true)
      writer.field("accepted", true)
    }
  }

  static func rendered(_ job: Job, _ graph: ResourceGraph?) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 768)
    JobRendering.write(job, graph, to: &writer)
    return writer.take()
  }

  // MARK: One job

  private func showJob(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let arguments = ["wait", "timeout"]
    let query = try QueryReader(context.head, allowing: arguments)
    // Generated clients send the timeout's default along; without a wait it means nothing.
    guard let wait = try JobWait.Request(query) else {
      return try withJob(context, allowing: arguments) { [self] job, graph in
        var writer = JSONWriter(reservingCapacity: 1_024)
        JobRendering.write(job, graph, notes: SchedulingNotes(of: job, graph, broker.outlooks), to: &writer)
        return Answers.json(200, context.requestID, writer.take())
      }
    }
    let id = try jobID(context)
    let pending = unanswered(context, seconds: wait.timeout.seconds + JobWait.commitSeconds)
    JobWait(api: self, context: context, job: id, wait, pending).begin()
    return .later(pending)
  }

  private func showResources(_ context: RequestContext) throws(Problem) -> HTTPReply {
    try withJob(context) { job, graph throws(Problem) in
      guard let allocation = job.allocation, let graph else {
        throw Problem(404, "no_resources", "the job has no resources yet")
      }
      var bytes: [UInt8] = []
      JobRendering.resources(of: allocation, startedAt: job.runAt ?? job.submittedAt, graph).appendJSON(to: &bytes)
      return Answers.json(200, context.requestID, bytes)
    }
  }
}
