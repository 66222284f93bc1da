import BrokerCore
import HTTPServing
import Hosting
import JSONText
import Jobs
import Messaging
import Vocabulary

extension API {
  static var serviceRoutes: [Route] {
    [
      Route("POST", "/v1/services/{name}/take", .none { api, context throws(Problem) in try api.takeCall(context) }),
      Route(
        "POST", "/v1/services/{name}/call", produces: [MediaTypes.anything],
        .whole(types: [], limit: MessagePayload.maximumBytes, isOptional: true) { api, context, body throws(Problem) in
          try api.callService(context, body)
        }),
      Route(
        "POST", "/v1/services/{name}/reply",
        .whole(types: [MediaTypes.json], limit: replyBytes, isOptional: false) { api, context, body throws(Problem) in
          try api.replyToCall(context, body)
        }),
      Route(
        "DELETE", "/v1/services/{name}/calls/{id}",
        .none { api, context throws(Problem) in
          try api.cancelCall(context)
        }),
    ]
  }

  /// A payload as JSON text, where escapes may double and base64 adds a third.
  private static let replyBytes = JSONLimits.storedValue.maximumBytes
  /// Of what an answerer says about its failure.
  private static let errorBytes = 4_096
  private static let standardWait = TimeSpan.seconds(30)
  /// What a parked reply waits longer than the desk, which should speak first.
  private static let slackSeconds = 3.0

  private func service(_ context: RequestContext, _ query: QueryReader) throws(Problem) -> ServiceName {
    let owner = try messageScope(context, query)
    guard let service = ServiceName(context.parameters.first ?? "", in: owner.userID) else {
      throw Self.badName("a service is 1 to \(ServiceName.maximumBytes) of A-Z a-z 0-9 . _ -")
    }
    return service
  }

  private func wait(_ query: QueryReader) throws(Problem) -> TimeSpan {
    try query.span("timeout", upTo: ServiceLimits.longestWait) ?? Self.standardWait
  }

  // MARK: Answering

  private func takeCall(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["timeout", "user"])
    let service = try service(context, query)
    let timeout = try wait(query)
    let pending = unanswered(context, seconds: timeout.seconds + Self.slackSeconds)
    let now = services.now
    do throws(ServiceRefusal) {
      try services.desk.take(service, until: now.advanced(by: timeout), at: now) { [self] call in
        // A taker that has left must not take a call with it.
        guard pending.isAwaited else { return false }
        pending.complete { [self] in call.map { given($0, context) } ?? Answers.noContent(context.requestID) }
        return true
      }
    } catch {
      throw Problem(error)
    }
    services.plan()
    return .later(pending)
  }

  /// One call as its taker reads it.
  private func given(_ call: ServiceCall, _ context: RequestContext) -> HTTPResponse {
    let deadline = broker.ports.now().advanced(by: call.deadline.since(services.now))
    return Answers.object(200, context.requestID) { writer in
      writer.field("call", services.text(of: call))
      writer.field("user", call.user)
      writer.field("deadline", deadline)
      MessageRendering.write(call.payload, to: &writer)
    }
  }

  private func replyToCall(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let service = try service(context, try QueryReader(context.head, allowing: ["user"]))
    let fields = try ClosedObject(
      body, allowing: ["call", "more", "error"] + PayloadReader.members, limits: .storedValue)
    guard let call = fields.given("call")?.string, let number = services.number(call) else {
      throw Problem(invalid: "/call", "must be the `call` of a call that was taken")
    }
    let reply = try reply(fields)
    do throws(ServiceRefusal) {
      try services.desk.reply(reply, to: number, of: service, at: services.now)
    } catch {
      throw Problem(error)
    }
    services.plan()
    return .now(Answers.object(200, context.requestID) { $0.field("accepted", true) })
  }

  private func reply(_ fields: ClosedObject) throws(Problem) -> ServiceReply {
    let payload = try PayloadReader.payload(fields)
    let hasMore = try fields.flag("more")
    guard let error = fields.given("error") else { return hasMore ? .part(payload) : .final(payload) }
    guard let text = error.string, (1...Self.errorBytes).contains(text.utf8.count) else {
      throw Problem(invalid: "/error", "must be a text of 1 to \(Self.errorBytes) bytes")
    }
    guard !hasMore, !PayloadReader.members.contains(where: { fields.given($0) != nil }) else {
      throw Problem(invalid: "/error", "must come alone: an error ends the call")
    }
    return .failure(text)
  }

  // MARK: Calling

  private func callService(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["timeout", "id", "user"])
    let service = try service(context, query)
    let timeout = try wait(query)
    let name = try query.text("id")
    guard name.map(ServiceName.isCallName) ?? true else {
      throw .badQuery("id is 1 to \(ServiceName.maximumBytes) of A-Z a-z 0-9 _ -")
    }
    let payload = try PayloadReader.payload(context, body)
    let forms = [PayloadReader.unnamedType, MediaTypes.eventStream, MediaTypes.ndjson]
    let form = MediaTypes.preferred(context.head, among: forms)
    if form == MediaTypes.eventStream || form == MediaTypes.ndjson {
      return try openStream(context) { caller, form throws(Problem) in
        let call = try call(service, name, payload, timeout, context) { true }
        return CallStream(api: self, call: call, caller: caller, form: form)
      }
    }
    let pending = unanswered(context, seconds: timeout.seconds + Self.slackSeconds)
    CallWait(context, try call(service, name, payload, timeout, context) { pending.isAwaited }, pending).begin()
    return .later(pending)
  }

  private func call(
    _ service: ServiceName, _ name: String?, _ payload: MessagePayload, _ timeout: TimeSpan,
    _ context: RequestContext, isAwaited: @escaping @Sendable () -> Bool
  ) throws(Problem) -> ServiceCall {
    let now = services.now
    let request = ServiceCall.Request(
      service: service, name: name, payload: payload, user: context.attribution.principal.name,
      deadline: now.advanced(by: timeout), isAwaited: isAwaited)
    do throws(ServiceRefusal) {
      let call = try services.desk.call(request, at: now)
      services.plan()
      return call
    } catch {
      throw Problem(error)
    }
  }

  private func cancelCall(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let service = try service(context, try QueryReader(context.head, allowing: ["user"]))
    guard let name = context.parameters.last, ServiceName.isCallName(name) else { throw .notFound }
    do throws(ServiceRefusal) {
      try services.desk.cancel(name, of: service, at: services.now)
    } catch {
      throw Problem(error)
    }
    services.plan()
    return .now(Answers.noContent(context.requestID))
  }
}
