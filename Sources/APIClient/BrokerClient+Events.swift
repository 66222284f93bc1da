import HTTPCalling

extension BrokerClient {
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
      fruitless = reader.count == before ? fruitless + 1 : 0
      let isHopeless = reader.count == 0 && failure?.kind == .unreachable && !outlastsRestarts
      if isHopeless || fruitless >= Self.fruitlessTries {
        // A stream that keeps ending in good order has nothing more to say.
        guard let failure else { return }
        throw ClientError(failure, calling: endpoint.name)
      }
      Self.pauseBeforeReconnecting(after: fruitless, reader.retryMicroseconds)
    }
  }

  /// One connection: how it broke, or `nil` when it ended in good order.
  private func connect(_ source: EventSource, _ reader: EventReader) throws(ClientError) -> HTTPCallError? {
    let (path, query): (String, [(String, String)]) =
      switch source {
      case .job(let id): ("/v1/jobs/\(Self.segment(id))/events", [])
      case .jobs(let filter): ("/v1/jobs/events", filter)
      case .everything: ("/v1/events", [])
      case .messages(let pattern, let user):
        ("/v1/topics/\(URLText.encode(pattern))", user.map { [("user", $0)] } ?? [])
      }
    reader.reconnect()
    let resume = reader.lastEventID.map { [("Last-Event-ID", $0)] } ?? []
    let call = prepared("GET", path, query: query, headers: resume, accept: "text/event-stream")
    let answer: HTTPAnswer
    switch try follow(call, { reader.take($0) }) {
    case .success(let whole): answer = whole
    case .failure(let cut): return cut
    }
    guard answer.isSuccess else { throw problem(of: answer) }
    if answer.status == 204 { reader.end() }
    return nil
  }
}
