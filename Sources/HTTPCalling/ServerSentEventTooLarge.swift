/// One event of a stream is larger than `ServerSentEvents.eventLimit`.
public struct ServerSentEventTooLarge: Error, Sendable {}
