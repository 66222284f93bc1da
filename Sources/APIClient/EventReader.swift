import HTTPCalling
import JSONText
import Vocabulary

/// Parses one stream over all its connections.
final class EventReader {
  private var parser: ServerSentEvents
  private let onEvent: (JobEvent) -> Bool
  /// Events handed on so far.
  private(set) var count = 0
  private(set) var isDone = false
  private(set) var failure: ClientError?

  init(since: String?, onEvent: @escaping (JobEvent) -> Bool) {
    parser = ServerSentEvents(lastEventID: since)
    self.onEvent = onEvent
  }

  var lastEventID: String? { parser.lastEventID }
  /// At least 50 ms, at most a minute, whatever the server asks.
  var retryMicroseconds: UInt32 { UInt32(min(max(parser.retryMilliseconds ?? 250, 50), 60_000)) * 1_000 }

  func reconnect() { parser.reconnect() }
  func end() { isDone = true }

  /// Whether to go on.
  func take(_ bytes: Span<UInt8>) -> Bool {
    do {
      for event in try parser.feed(bytes) {
        let json = try JSONText.parse(Array(event.data.utf8), limits: BrokerClient.answerLimits, root: .any)
        count += 1
        guard onEvent(JobEvent(position: event.id, kind: event.name, json: json)) else {
          isDone = true
          return false
        }
      }
      return true
    } catch {
      failure = ClientError("The broker's stream cannot be read: \(error)")
      return false
    }
  }
}
