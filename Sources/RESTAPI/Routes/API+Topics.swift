import BrokerCore
import HTTPServing
import Hosting
import Jobs
import Messaging
import Vocabulary

extension API {
  static var topicRoutes: [Route] {
    [
      Route("GET", "/v1/topics", .none { api, context throws(Problem) in try api.listTopics(context) }),
      Route(
        "GET", "/v1/topics/{topic}", produces: [MediaTypes.eventStream, MediaTypes.ndjson],
        .none { api, context throws(Problem) in
          try api.subscribe(context)
        }),
      Route(
        "POST", "/v1/topics/{topic}",
        .whole(types: [], limit: MessagePayload.maximumBytes, isOptional: true) { api, context, body throws(Problem) in
          try api.publish(context, body)
        }),
      Route(
        "PUT", "/v1/topics/{topic}",
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: false) { api, context, body throws(Problem) in
          try api.setDurability(context, body)
        }),
      Route("DELETE", "/v1/topics/{topic}", .none { api, context throws(Problem) in try api.removeTopic(context) }),
    ]
  }

  private func topicName(_ context: RequestContext) throws(Problem) -> TopicName {
    guard let topic = TopicName(context.parameters.first ?? "") else {
      throw Self.badName(
        "a topic is 1 to \(TopicName.maximumSegments) segments of A-Z a-z 0-9 _ - joined by dots, "
          + "\(TopicName.maximumBytes) bytes at most")
    }
    return topic
  }

  // MARK: Durability

  private func listTopics(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let owner = try messageScope(context, try QueryReader(context.head, allowing: ["user"]))
    let topics = broker.snapshot.durableTopics(of: owner)
    return .now(
      Answers.object(200, context.requestID) { writer in
        writer.name("items")
        writer.array { writer in
          for topic in topics {
            writer.object { writer in
              writer.field("topic", topic.topic)
              writer.field("durable", true)
              writer.field("user", topic.owner.name)
              writer.field("declared", topic.declaredAt)
            }
          }
        }
        writer.nullField("next_cursor")
      })
  }

  private func setDurability(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let owner = try messageScope(context, try QueryReader(context.head, allowing: ["user"]))
    let name = try topicName(context)
    let fields = try ClosedObject(body, allowing: ["durable"])
    guard fields.given("durable") != nil else { throw Problem(invalid: "/durable", "must be true or false") }
    let isDurable = try fields.flag("durable")
    let topic = OwnedTopic(owner: owner, topic: name.text)
    return try carryOut(isDurable ? .declareTopic(topic) : .undeclareTopic(topic), context) {
      Answers.object(200, context.requestID) { writer in
        writer.field("topic", name.text)
        writer.field("durable", isDurable)
      }
    }
  }

  private func removeTopic(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let owner = try messageScope(context, try QueryReader(context.head, allowing: ["user"]))
    let topic = OwnedTopic(owner: owner, topic: try topicName(context).text)
    return try carryOut(.undeclareTopic(topic), context) {
      Answers.noContent(context.requestID)
    }
  }

  // MARK: Publishing

  /// A transient message goes to its listeners at once; a durable one through the log.
  private func publish(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let owner = try messageScope(context, try QueryReader(context.head, allowing: ["user"]))
    let name = try topicName(context)
    let payload = try PayloadReader.payload(context, body)
    let topic = OwnedTopic(owner: owner, topic: name.text)
    guard broker.withSnapshot({ $0.isDurable(topic) }) else {
      return .now(handOver(payload, name, of: owner, context))
    }
    let pending = unanswered(context, seconds: JobWait.commitSeconds)
    let command = Command.publish(
      PublishCommand(topic: topic, mediaType: payload.mediaType, payload: payload.bytes))
    try send(command, context) { [self] outcome in
      pending.complete { [self] in
        guard case .answered(.published(let seq)) = outcome else { return failure(outcome, context) }
        // It was made transient meanwhile.
        guard let seq else { return handOver(payload, name, of: owner, context) }
        let epoch = broker.withSnapshot { $0.epoch }
        return Answers.object(200, context.requestID) { writer in
          writer.field("topic", name.text)
          writer.field("durable", true)
          writer.field("position", Position(epoch: epoch, seq: seq).text)
        }
      }
    }
    return .later(pending)
  }

  private func handOver(
    _ payload: MessagePayload, _ topic: TopicName, of owner: Principal, _ context: RequestContext
  ) -> HTTPResponse {
    let data = MessageRendering.data(
      topic: topic.text, at: broker.ports.now(), user: context.attribution.principal.name,
      mediaType: payload.mediaType, payload.bytes)
    topics.publish(TopicMessage(topic: topic, data: data), in: owner.userID)
    return Answers.object(200, context.requestID) { writer in
      writer.field("topic", topic.text)
      writer.field("durable", false)
    }
  }

  // MARK: Listening

  private func subscribe(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["since", "user"])
    let owner = try messageScope(context, query)
    guard let pattern = TopicPattern(context.parameters.first ?? "") else {
      throw Self.badName("a pattern is a topic in which * may stand for a segment")
    }
    let filter = MessageFilter(owner: owner, pattern: pattern)
    let next = try resumption(context, query).map { $0 + 1 } ?? broker.events.nextSeq
    return try openStream(context) { caller, form in
      let durable = EventStream(
        api: self, caller: caller, filter: StreamFilter(messages: filter), form: form, from: next)
      return TopicStream(hub: topics, durable: durable, filter: filter, form: form)
    }
  }
}
