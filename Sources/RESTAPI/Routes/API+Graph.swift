import BrokerCore
import HTTPServing
import Hosting
import JSONText
import Jobspec
import ResourceFormats
import ResourceGraph
import Synchronization
import Vocabulary

extension API {
  static var graphRoutes: [Route] {
    [
      Route(
        "GET", "/v1/graph", produces: [MediaTypes.json, MediaTypes.plain, MediaTypes.svg, MediaTypes.dot],
        .none { api, context throws(Problem) in try api.showGraph(context) }),
      Route("GET", "/v1/graph/vertices", .none { api, context throws(Problem) in try api.findVertices(context) }),
      Route("GET", "/v1/graph/vertices/{id}", .none { api, context throws(Problem) in try api.showVertex(context) }),
      Route(
        "POST", "/v1/graph/mutations",
        .whole(types: [MediaTypes.json], limit: JSONLimits.graph.maximumBytes, isOptional: false) {
          api, context, body throws(Problem) in try api.changeGraph(context, body)
        }),
      Route(
        "GET", "/v1/graph/events", produces: [MediaTypes.eventStream, MediaTypes.ndjson],
        .none { api, context throws(Problem) in try api.streamGraph(context) }),
    ]
  }

  // MARK: Reading

  /// The graph as it is, or as it was at `at`.
  func graph(_ query: QueryReader) throws(Problem) -> ResourceGraph {
    guard let text = try query.text("at") else {
      guard let graph = broker.withSnapshot({ $0.graph }) else { throw Problem(Refusal.noResources) }
      return graph
    }
    let current = broker.withSnapshot { $0.position }
    let position = UInt64(text).map { Position(epoch: current.epoch, seq: $0) } ?? Position(text)
    // Epochs begin at 1, and the graph with the first record.
    guard let position, position.epoch > 0, position.seq > 0, position <= current else {
      throw Problem(400, "bad_position", "at is a place in the log up to \(current.text), such as 1-8123 or 8123")
    }
    guard position.epoch == current.epoch, let graph = broker.graphs.graph(at: position.seq) else {
      throw Problem(ArchiveFailure.historyGone(oldest: broker.graphs.oldestSeq), epoch: current.epoch)
    }
    return graph
  }

  private func showGraph(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: GraphSelection.arguments + ["at"])
    let known = try GraphTag.known(context.head, epoch)
    let graph = try graph(query)
    let selection = try GraphSelection(query, graph)
    let forms = [MediaTypes.json, MediaTypes.plain, MediaTypes.svg, MediaTypes.dot]
    let form = MediaTypes.preferred(context.head, among: forms) ?? MediaTypes.json
    guard form == MediaTypes.json else { return try draw(graph, selection, as: form, context) }
    let headers = [
      HeaderField(name: "Content-Type", value: MediaTypes.json), GraphTag.field(graph.version, epoch),
      HeaderField(name: "X-Request-Id", value: context.requestID),
      HeaderField(name: "Cache-Control", value: "no-cache"),
    ]
    if known == .any || known == .version(graph.version) {
      return .now(HTTPResponse(status: 304, headers: Array(headers.dropFirst())))
    }
    guard context.head.method != "HEAD" else { return .now(HTTPResponse(status: 200, headers: headers)) }
    return try stream(graph, selection, headers, context)
  }

  /// What is selected is found on a reader's thread: it may be millions of vertices.
  private func stream(
    _ graph: ResourceGraph, _ selection: GraphSelection, _ headers: [HeaderField], _ context: RequestContext
  ) throws(Problem) -> HTTPReply {
    guard let caller = context.caller else { throw .unauthorized }
    let pending = unanswered(context, seconds: JobWait.commitSeconds)
    let isTaken = readers.submit { [self] in
      let source = GraphTextSource(graph, selection) { [self] in streamCounts.release(caller) }
      pending.complete(with: { [self] in
        answer(context) { () throws(Problem) in
          try streamCounts.take(caller)
          return .stream(HTTPStreamResponse(headers: headers, source: source))
        }
      })
    }
    guard isTaken else { throw Problem(Unavailability.inboxFull) }
    return .later(pending)
  }

  /// A picture of what is held, which the version does not tell: it has no tag.
  private func draw(
    _ graph: ResourceGraph, _ selection: GraphSelection, as form: String, _ context: RequestContext
  ) throws(Problem) -> HTTPReply {
    guard selection.hosts == nil, selection.subsystem == nil else {
      throw .badQuery("a picture takes root, depth and at")
    }
    return readLater(context) { () throws(Problem) in
      let picture = GraphPicture(graph, root: selection.root, depth: selection.depth)
      let text = Mutex<[UInt8]>([])
      let write: ([UInt8]) -> Void = { piece in text.withLock { $0 += piece } }
      switch form {
      case MediaTypes.svg: picture.svg(write)
      case MediaTypes.dot: picture.dot(write)
      default: picture.tree(write)
      }
      let headers = [HeaderField(name: "X-Content-Type-Options", value: "nosniff")]
      let type = form == MediaTypes.svg ? form : "\(form); charset=utf-8"
      return Answers.bytes(200, type, context.requestID, headers: headers, text.withLock { $0 })
    }
  }

  private func showVertex(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["at"])
    guard let text = context.parameters.first, let number = UInt32(text), number <= ResourceGraph.maximumVertices else {
      throw .notFound
    }
    let graph = try graph(query)
    guard graph.contains(VertexID(number)) else { throw .notFound }
    return .now(
      Answers.object(200, context.requestID, headers: [GraphTag.field(graph.version, epoch)]) {
        GraphRendering.writeMembers(VertexID(number), graph, to: &$0)
      })
  }

  /// One by its path, or those that a selection names, by ascending number.
  private func findVertices(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(
      context.head,
      allowing: GraphSelection.arguments.filter { $0 != "subsystem" } + [
        "path", "type", "at", "limit", "cursor",
      ])
    let graph = try graph(query)
    if let path = try query.text("path") {
      guard let vertex = graph.vertex(at: path) else { throw .notFound }
      return .now(vertexList([vertex], graph, next: nil, context))
    }
    let limit = try query.integer("limit", in: 1...Self.largestPage) ?? Self.standardPage
    let after = try query.text("cursor").map { text throws(Problem) in
      guard let number = UInt32(text) else { throw Problem(400, "bad_cursor", "the cursor is not one of this list's") }
      return number
    }
    let type = try query.text("type")
    if let type, type.utf8.count > GraphLimits.maximumTypeBytes {
      throw .badQuery("type is at most \(GraphLimits.maximumTypeBytes) bytes")
    }
    let selection = try GraphSelection(query, graph)
    return readLater(context) { [self] () throws(Problem) in
      let found = selection.vertices(of: graph).filter { vertex in
        after.map { vertex.rawValue > $0 } ?? true && type.map { graph.type(of: vertex) == $0 } ?? true
      }.sorted()
      let page = Array(found.prefix(limit))
      return vertexList(page, graph, next: found.count > limit ? page.last : nil, context)
    }
  }

  private func vertexList(
    _ vertices: [VertexID], _ graph: ResourceGraph, next: VertexID?, _ context: RequestContext
  ) -> HTTPResponse {
    Answers.object(200, context.requestID, headers: [GraphTag.field(graph.version, epoch)]) { writer in
      writer.name("items")
      writer.array { writer in for vertex in vertices { GraphRendering.write(vertex, graph, to: &writer) } }
      if let next { writer.field("next_cursor", String(next.rawValue)) } else { writer.nullField("next_cursor") }
      writer.field("version", graph.version)
      writer.field("position", broker.withSnapshot { $0.position }.text)
    }
  }

  private func streamGraph(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["since"])
    let next = try resumption(context, query).map { $0 + 1 } ?? broker.events.nextSeq
    return try openStream(context) { caller, form in
      EventStream(api: self, caller: caller, filter: StreamFilter(topics: [.resource]), form: form, from: next)
    }
  }

  // MARK: Changing

  private func changeGraph(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let isDryRun = try query.flag("dry_run")
    try demandOwner(context, "only the instance owner may change the resources")
    let fields = try ClosedObject(body, allowing: ["mutations"], limits: .graph)
    let expected = try GraphTag.expected(context.head, epoch)
    let mutation = GraphMutation(
      expectedVersion: expected, operations: try MutationReader.operations(fields.value("mutations")))
    return try mutate(mutation, context, isDryRun: isDryRun)
  }

  /// Sends a mutation, and tells what it came to.
  func mutate(_ mutation: GraphMutation, _ context: RequestContext, isDryRun: Bool) throws(Problem) -> HTTPReply {
    let pending = unanswered(context, seconds: JobWait.commitSeconds)
    let settle: @Sendable (Outcome) -> Void = { [self] outcome in
      pending.complete { [self] in
        guard case .answered(.graphMutated(let answer)) = outcome else { return graphFailure(outcome, context) }
        let (graph, position) = broker.withSnapshot { ($0.graph, $0.position) }
        return Answers.object(200, context.requestID, headers: [GraphTag.field(answer.version, epoch)]) { writer in
          if isDryRun { writer.field("dry_run", true) }
          Self.write(answer, graph, to: &writer)
          writer.field("position", position.text)
        }
      }
    }
    if isDryRun {
      let isTaken = readers.submit { [self] in
        do throws(Refusal) {
          let decision = try broker.snapshot.decide(.mutate(mutation), by: context.attribution, at: broker.ports.now())
          settle(.answered(decision.answer))
        } catch {
          settle(.refused(error))
        }
      }
      if !isTaken { throw Problem(Unavailability.inboxFull) }
    } else {
      try send(.mutate(mutation), context, then: settle)
    }
    return .later(pending)
  }

  /// A refusal for the sake of the version carries the tag that would pass.
  private func graphFailure(_ outcome: Outcome, _ context: RequestContext) -> HTTPResponse {
    guard case .refused(.graphHasChanged(let version)) = outcome else { return failure(outcome, context) }
    var problem = Problem(Refusal.graphHasChanged(version: version))
    problem.extraHeaders = [GraphTag.field(version, epoch)]
    return problem.response(requestID: context.requestID)
  }

  private static func write(_ answer: GraphAnswer, _ graph: ResourceGraph?, to writer: inout JSONWriter) {
    writer.field("version", answer.version)
    writer.name("added")
    writer.array { writer in
      for range in answer.added {
        writer.object { writer in
          writer.field("first", UInt64(range.lowerBound))
          writer.field("count", range.count)
        }
      }
    }
    writer.name("departing")
    writer.array { writer in
      for vertex in answer.departing {
        writer.object { writer in
          writer.field("id", UInt64(vertex.rawValue))
          if let graph, graph.contains(vertex) { writer.field("path", graph.path(of: vertex)) }
        }
      }
    }
    writer.name("evicted")
    writer.array { writer in for job in answer.evicted { writer.value(job) } }
  }
}
