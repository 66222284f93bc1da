import BrokerCore
import HTTPServing
import Hosting
import Jobs
import Persistent
import Vocabulary

extension API {
  static var eventRoutes: [Route] {
    let forms = [MediaTypes.eventStream, MediaTypes.ndjson]
    return [
      Route(
        "GET", "/v1/events", produces: forms,
        .none { api, context throws(Problem) in
          try api.streamEverything(context, topics: nil)
        }),
      Route(
        "GET", "/v1/jobs/events", produces: forms,
        .none { api, context throws(Problem) in
          try api.streamEverything(context, topics: [.job])
        }),
      Route(
        "GET", "/v1/jobs/{id}/events", produces: forms,
        .none { api, context throws(Problem) in
          try api.streamJob(context)
        }),
    ]
  }

  private func streamEverything(
    _ context: RequestContext, topics fixed: Set<StreamEvent.Topic>?
  ) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["since", "user"] + (fixed == nil ? ["topics"] : []))
    var filter = StreamFilter(topics: fixed, user: try query.text("user"))
    if fixed == nil, let text = try query.text("topics") {
      filter.topics = []
      for name in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let topic = StreamEvent.Topic(name: name) else {
          throw .badQuery("topics are job, resource, token, operation, broker, kvs, message")
        }
        filter.topics?.insert(topic)
      }
    }
    let next = try resumption(context, query).map { $0 + 1 } ?? broker.events.nextSeq
    return try stream(context, filter, from: next, backlog: [])
  }

  /// A job's whole life: what has happened comes from the job itself, what follows from the ring.
  private func streamJob(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["since"])
    let since = try resumption(context, query) ?? 0
    let id = try jobID(context)
    let (active, nextSeq, epoch) = broker.withSnapshot { ($0.jobs[id], $0.nextSeq, $0.epoch) }
    if let active {
      guard let caller = context.caller, caller.maySee(active.owner) else { throw .notFound }
      return try stream(
        context, StreamFilter(job: id), from: max(nextSeq, since + 1), backlog: Self.past(of: active, since, epoch))
    }
    // An ended job's stream is bounded: it is answered whole.
    return readLater(context) { [self] () throws(Problem) in
      let past = Self.past(of: try visibleJob(id, context), since, epoch)
      // Nothing follows: a browser that reconnects for ever is told to stop.
      guard !past.isEmpty else { return HTTPResponse(status: 204) }
      let form = MediaTypes.preferred(context.head, among: [MediaTypes.eventStream, MediaTypes.ndjson])
      let body = past.flatMap { form == MediaTypes.ndjson ? Array($0.data) + [UInt8(ascii: "\n")] : $0.sse }
      return Answers.bytes(200, form ?? MediaTypes.eventStream, context.requestID, body)
    }
  }

  private static func past(of job: Job, _ since: UInt64, _ epoch: UInt32) -> [StreamEvent] {
    job.eventlog.filter { $0.seq > since }.map {
      EventRendering.event(of: $0, job: job.id, principal: job.owner, epoch)
    }
  }

  private func stream(
    _ context: RequestContext, _ filter: StreamFilter, from next: UInt64, backlog: [StreamEvent]
  ) throws(Problem) -> HTTPReply {
    try openStream(context) { caller, form in
      EventStream(api: self, caller: caller, filter: filter, form: form, from: next, backlog: backlog)
    }
  }

  /// The last position that the client has, from `Last-Event-ID` or `since`.
  /// - Throws: 400 for a position that is none or lies ahead, 410 for one of another history or too old.
  func resumption(_ context: RequestContext, _ query: QueryReader) throws(Problem) -> UInt64? {
    let since = try query.text("since")
    guard let text = context.head.header("last-event-id") ?? since else { return nil }
    let isZero = text == "0"
    guard let position = isZero ? Position(epoch: 0, seq: 0) : Position(text) else {
      throw Problem(400, "bad_position", "a position looks like 1-8123")
    }
    let (current, oldest) = (broker.withSnapshot { $0.position }, broker.ports.archive.oldestSeq)
    guard isZero || position.epoch <= current.epoch,
      isZero || position.epoch < current.epoch || position.seq <= current.seq
    else {
      throw Problem(400, "bad_position", "the position lies ahead of \(current.text)")
    }
    guard isZero || position.epoch == current.epoch, position.seq + 1 >= oldest else {
      throw Problem(ArchiveFailure.historyGone(oldest: oldest), epoch: current.epoch)
    }
    return position.seq
  }
}
