import HTTPCalling

extension BrokerClient {
  /// Hands on what a job writes, in the order in which it came; reconnects after a cut and goes on where it was.
  ///
  /// - Parameters:
  ///   - stream: `nil`: both.
  ///   - rank: only what this task wrote.
  ///   - follows: wait for what is still to be written; else what is there now is all.
  ///   - onPiece: returns whether to go on.
  public func output(
    _ id: String, _ stream: JobOutputStream? = nil, rank: Int? = nil, follows: Bool,
    onPiece: @escaping (JobOutputPiece) -> Bool
  ) throws(ClientError) {
    let entries = OutputEntries(streams: stream == nil ? JobOutputStream.allCases.count : 1, onPiece: onPiece)
    var query = [("stream", stream?.rawValue ?? "all"), ("follow", follows ? "true" : "false")]
    if let rank { query.append(("rank", String(rank))) }
    var fruitless = 0
    while true {
      let before = entries.count
      entries.reconnect()
      let resumption = entries.position.map { [("since", $0)] } ?? []
      let call = prepared(
        "GET", "/v1/jobs/\(Self.segment(id))/output", query: query + resumption, accept: "application/x-ndjson")
      let outcome = try follow(call, { entries.take($0) })
      if let failure = entries.failure { throw failure }
      if entries.hasEnough || entries.isComplete { return }
      var cut: HTTPCallError?
      switch outcome {
      case .success(let answer):
        guard answer.isSuccess else { throw problem(of: answer) }
        if !follows || answer.status == 204 { return }
      case .failure(let error): cut = error
      }
      fruitless = entries.count == before ? fruitless + 1 : 0
      let isHopeless = entries.count == 0 && cut?.kind == .unreachable && !outlastsRestarts
      if isHopeless || fruitless >= Self.fruitlessTries {
        throw ClientError(
          cut ?? HTTPCallError(.cut, "the broker ends the stream again and again"), calling: endpoint.name)
      }
      Self.pauseBeforeReconnecting(after: fruitless, 250_000)
    }
  }
}
