import Glibc
import HTTPCalling
import JSONText
public import Vocabulary

/// One event of a job, as a stream carries it.
public struct JobEvent: Sendable {
  /// `epoch-seq`: resume after it.
  public let position: String?
  /// The stream's word for the kind of event: `job`, `bookmark`, …
  public let kind: String
  /// What the broker wrote.
  public let json: JSONValue

  public var id: String? { json["id"]?.string }
  public var name: String? { json["name"]?.string }
}

/// Which events to follow.
public enum EventSource: Sendable {
  /// Of one job, to its end.
  case job(String)
  /// Of all jobs that match these query items.
  case jobs([(String, String)])
  /// Everything that the caller may see.
  case everything
}

extension BrokerClient {
  /// Reconnections in a row that bring nothing before a stream is given up.
  private static var fruitlessTries: Int { 8 }
  /// Longest pause before a reconnection; the whole series above then lasts a minute and a half.
  private static var longestReconnectSeconds: Int { 15 }

  /// Follows a stream of events; reconnects after a cut and goes on after the last event seen.
  ///
  /// Returns when the stream has ended or `onEvent` has enough.
  /// - Parameters:
  ///   - since: a position to start after; `nil` starts where the broker does.
  ///   - onEvent: returns whether to go on.
  /// - Throws: also when history after the last event seen is gone (410).
  public func events(
    _ source: EventSource, since: String? = nil, onEvent: @escaping (JobEvent) -> Bool
  ) throws(ClientError) {
    let reader = EventReader(since: since, onEvent: onEvent)
    var fruitless = 0
    while true {
      let before = reader.count
      let failure = try connect(source, reader)
      if reader.isDone { return }
      if let error = reader.failure { throw error }
      // A stream that ends in good order without an event has nothing more to say.
      if failure == nil, reader.count == before { return }
      fruitless = reader.count == before ? fruitless + 1 : 0
      if let failure, fruitless >= Self.fruitlessTries { throw ClientError(failure, calling: endpoint.name) }
      let pause = min(1 << fruitless, Self.longestReconnectSeconds)
      if fruitless > 0 { sleep(UInt32(pause)) } else { usleep(reader.retryMicroseconds) }
    }
  }

  /// One connection: how it broke, or `nil` when it ended in good order.
  private func connect(_ source: EventSource, _ reader: EventReader) throws(ClientError) -> HTTPCallError? {
    let (path, query): (String, [(String, String)]) =
      switch source {
      case .job(let id): ("/v1/jobs/\(Self.segment(id))/events", [])
      case .jobs(let filter): ("/v1/jobs/events", filter)
      case .everything: ("/v1/events", [])
      }
    reader.reconnect()
    let resume = reader.lastEventID.map { [("Last-Event-ID", $0)] } ?? []
    let call = prepared("GET", path, query: query, headers: resume, accept: "text/event-stream")
    let answer: HTTPAnswer
    do throws(HTTPCallError) {
      answer = try http.stream(call) { reader.take($0) }
    } catch {
      guard [.cut, .unreachable, .timedOut].contains(error.kind) else {
        throw ClientError(error, calling: endpoint.name)
      }
      return error
    }
    // Busy is no end: try again as after a cut.
    if [429, 502, 503, 504].contains(answer.status) { return HTTPCallError(.cut, "the broker is busy") }
    guard answer.isSuccess else { throw problem(of: answer) }
    if answer.status == 204 { reader.end() }
    return nil
  }
}

/// Parses one stream over all its connections.
private final class EventReader {
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
