import BrokerCore
import HTTPServing
import Hosting
import JSONText
import Jobs
import Jobspec
import Persistent
import ResourceFormats
import ResourceGraph
import Scheduling
import Vocabulary

extension API {
  static var matchRoutes: [Route] {
    [
      Route(
        "POST", "/v1/graph/match",
        .whole(types: [MediaTypes.json], limit: SubmissionReader.maximumBytes, isOptional: false) {
          api, context, body throws(Problem) in try api.match(context, body)
        }),
      Route(
        "POST", "/v1/jobs/{id}/resources",
        .whole(types: [MediaTypes.json], limit: SubmissionReader.maximumBytes, isOptional: false) {
          api, context, body throws(Problem) in try api.resizeJob(context, body)
        }),
    ]
  }

  /// What `POST /v1/graph/match` may be asked to do.
  ///
  /// - Source: Fluxion's match operations, under their names there.
  private enum MatchOperation: String, CaseIterable {
    case allocate
    case allocateOrElseReserve = "allocate_orelse_reserve"
    case allocateWithSatisfiability = "allocate_with_satisfiability"
    case satisfiability
    case withoutAllocating = "without_allocating"
    case withoutAllocatingFuture = "without_allocating_future"
  }

  private func match(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    var object = try Self.object(body)
    let operation = try Self.operation(&object)
    let duration = try Self.duration(&object)
    let note = try Self.note(&object)
    let jobspec = try Self.request(object)
    let isDryRun = try query.flag("dry_run")
    let request = AllocationRequest(
      Scheduler.Question(parts: jobspec.request, constraint: jobspec.constraint, duration: duration), note: note)
    switch operation {
    case .allocateOrElseReserve where !isDryRun: return try allocate(request, orElseReserve: true, context)
    case .allocate where !isDryRun, .allocateWithSatisfiability where !isDryRun:
      return try allocate(request, orElseReserve: false, context)
    case .allocateOrElseReserve: return try previewReservation(request.question, context)
    case .allocate, .allocateWithSatisfiability, .withoutAllocating: return try tryMatch(request.question, context)
    case .withoutAllocatingFuture: return try findMoment(for: jobspec, context)
    case .satisfiability: return try checkSatisfiability(jobspec, context)
    }
  }

  /// - Returns: the object of a body, whose members are taken away one after the other.
  private static func object(_ body: [UInt8]) throws(Problem) -> JSONObject {
    do throws(JSONSyntaxError) { return try JSONText.parseObject(body) } catch { throw Problem(error) }
  }

  private static func operation(_ object: inout JSONObject) throws(Problem) -> MatchOperation {
    guard let operation = object.removed("operation")?.string.flatMap({ MatchOperation(rawValue: $0) }) else {
      let known = MatchOperation.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem(invalid: "/operation", "must be one of \(known)")
    }
    return operation
  }

  private static func note(_ object: inout JSONObject) throws(Problem) -> String {
    guard let value = object.removed("note"), value != .null else { return "" }
    guard let note = value.string, note.utf8.count <= GraphLimits.maximumReasonBytes,
      !note.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else {
      throw Problem(
        invalid: "/note",
        "must be a text of at most \(GraphLimits.maximumReasonBytes) bytes without control characters")
    }
    return note
  }

  /// How long an allocation is for; `nil`: until it is released.
  private static func duration(_ object: inout JSONObject) throws(Problem) -> TimeSpan? {
    guard let value = object.removed("duration"), value != .null else { return nil }
    guard let span = value.span, span > .zero, span <= .seconds(10 * 365 * 86_400) else {
      throw Problem(invalid: "/duration", "must be seconds, or a duration such as 1.5h, above zero")
    }
    return span
  }

  /// What is asked for, in any of the forms of a submission; no command is needed.
  private static func request(_ object: JSONObject) throws(Problem) -> Jobspec {
    var object = object
    if object["jobspec"] == nil, object["command"] == nil {
      object = JSONObject(
        uniqueMembers: object.members + [JSONObject.Member(name: "command", value: .array([.string("true")]))])
    }
    return try SubmissionReader.request(.object(object), allowsCopies: false).jobspec
  }

  // MARK: Asking

  private func tryMatch(_ question: Scheduler.Question, _ context: RequestContext) throws(Problem) -> HTTPReply {
    readLater(context) { [self] () throws(Problem) in
      guard let problem = broker.snapshot.schedulingProblem(at: broker.ports.now()) else {
        throw Problem(Refusal.noResources)
      }
      let graph = problem.graph
      let grants = Scheduler.match(question, in: problem)
      return Answers.object(200, context.requestID, headers: [GraphTag.field(graph.version, epoch)]) { writer in
        writer.field("matched", grants != nil)
        guard let grants else { return }
        let allocation = Allocation(grants: grants, expiration: nil)
        writer.field("R", raw: AllocationRendering.resourceSet(allocation, startedAt: problem.now, graph))
      }
    }
  }

  /// When the request could be met first, if nobody who waits came before it.
  private func findMoment(for jobspec: Jobspec, _ context: RequestContext) throws(Problem) -> HTTPReply {
    guard let caller = context.caller else { throw .unauthorized }
    let item = SubmissionReader.item(jobspec)
    return try workOut(on: forecasts, context) { [self] () throws(Problem) in
      let state = broker.snapshot
      var options = Forecast.Options(assumedDuration: Self.standardDuration)
      options.eventLimit = ForecastLimits.events
      let hypothesis = state.hypothesis(item, by: caller.principal, after: .zero)
      let forecast: Forecast
      do throws(Refusal) {
        forecast = try state.forecast(
          after: [], adding: [hypothesis], options: options, at: broker.ports.now(), ignoringQueue: true)
      } catch {
        throw Problem(error)
      }
      let course = forecast.hypothetical.first
      return Answers.object(200, context.requestID) { writer in
        writer.field("matched", course?.start != nil)
        guard let start = course?.start else { return }
        writer.field("at", start)
        writer.field("ranks", course?.hosts.description ?? "")
      }
    }
  }

  private func checkSatisfiability(_ jobspec: Jobspec, _ context: RequestContext) throws(Problem) -> HTTPReply {
    readLater(context) { [self] () throws(Problem) in
      guard let graph = broker.withSnapshot({ $0.emptyGraph }) else { throw Problem(Refusal.noResources) }
      let shortage = graph.shortage(for: jobspec)
      return Answers.object(200, context.requestID, headers: [GraphTag.field(graph.version, epoch)]) { writer in
        writer.field("satisfiable", shortage == nil)
        if let shortage { writer.field("reason", shortage) }
      }
    }
  }

  // MARK: Of a running job

  private func resizeJob(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let id = try jobID(context)
    let fields = try ClosedObject(body, allowing: ["release", "grant"])
    let resize: JobResize
    switch (fields.given("release"), fields.given("grant")) {
    case (.some, nil): resize = try release(fields)
    case (nil, let grant?):
      guard let object = grant.object else { throw Problem(invalid: "/grant", "must be an object") }
      let jobspec = try Self.request(object)
      resize = .grant(jobspec.request, jobspec.constraint)
    default: throw Problem(422, "invalid", "either release or grant is required, and not both")
    }
    return try actOnJob(id, .resize(id, resize), context, isDryRun: try query.flag("dry_run")) {
      [self] () throws(Problem) in
      let job = try visibleJob(id, context)
      let graph = broker.withSnapshot { $0.graph }
      return Answers.object(200, context.requestID) { writer in
        writer.field("id", id)
        guard let allocation = job.allocation, let graph else { return }
        writer.field("version", UInt64(allocation.version))
        let begin = job.runAt ?? job.submittedAt
        writer.field("R", raw: AllocationRendering.resourceSet(allocation, startedAt: begin, graph))
      }
    }
  }

  private func release(_ fields: ClosedObject) throws(Problem) -> JobResize {
    guard let release = try fields.object("release", allowing: ["ranks", "vertices"]) else { throw .notFound }
    var ranks = Idset()
    if let text = try release.text("ranks", upTo: 4_096) {
      guard let set = try? Idset(parsing: text) else {
        throw Problem(invalid: "/release/ranks", "must be an idset such as 0-3,7")
      }
      ranks = set
    }
    var vertices: Set<VertexID> = []
    let graph = broker.withSnapshot { $0.graph }
    for (index, value) in (try release.list("vertices", upTo: 10_000) ?? []).enumerated() {
      let named = value.integer.flatMap { UInt32(exactly: $0) }.map { VertexID($0) }
      guard let vertex = named ?? value.string.flatMap({ graph?.vertex(at: $0) }) else {
        throw Problem(invalid: "/release/vertices/\(index)", "must be a vertex's number or path")
      }
      vertices.insert(vertex)
    }
    guard !ranks.isEmpty || !vertices.isEmpty else {
      throw Problem(invalid: "/release", "must name ranks or vertices")
    }
    return .release(ranks: ranks, vertices: vertices)
  }
}

extension JSONObject {
  /// Takes a member away.
  fileprivate mutating func removed(_ name: String) -> JSONValue? {
    let value = self[name]
    self = JSONObject(uniqueMembers: members.filter { $0.name != name })
    return value
  }
}
