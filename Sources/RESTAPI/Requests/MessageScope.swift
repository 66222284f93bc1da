import BrokerCore
import Hosting
import Jobs
import Messaging
import Persistent
import Vocabulary

extension API {
  /// Whose topics, services and barriers a request is about: the caller's, or, for the instance's owner, those
  /// of `user`.
  ///
  /// - Throws: 404 for a user that is not known, and for one that is not the caller's to act for.
  func messageScope(_ context: RequestContext, _ query: QueryReader) throws(Problem) -> Principal {
    guard let caller = context.caller else { throw .unauthorized }
    guard let name = try query.text("user"), name != caller.principal.name else { return caller.principal }
    guard caller.role == .owner, let principal = broker.withSnapshot({ $0.users[name] }) else { throw .notFound }
    return principal
  }

  static func badName(_ detail: String) -> Problem { Problem(400, "bad_name", detail) }

  /// The limits of topics and services, for `GET /v1/limits`.
  static func writeMessageLimits(to writer: inout JSONWriter) {
    writer.field("message_bytes", MessagePayload.maximumBytes)
    writer.field("durable_topics_per_user", BrokerLimits.durableTopicsPerUser)
    writer.field("queued_messages_per_stream", TopicSubscription.maximumMessages)
    writer.field("queued_message_bytes_per_stream", TopicSubscription.maximumBytes)
    writer.field("calls", ServiceLimits.calls)
    writer.field("waiting_calls_per_service", ServiceLimits.waitingCallsPerService)
    writer.field("takers_per_service", ServiceLimits.takersPerService)
    writer.field("services", ServiceLimits.services)
    writer.field("service_offer_seconds", ServiceLimits.offerLifetime.seconds)
    writer.field("call_unread_bytes", ServiceLimits.unreadBytesPerCall)
    writer.field("call_seconds", ServiceLimits.longestWait.seconds)
  }
}
