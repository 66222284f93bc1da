import HTTPCalling
import Vocabulary

extension BrokerClient {
  /// Follows the commits that change something in scope, each once and in order; reconnects after a cut and goes
  /// on where it was.
  ///
  /// What was there at the beginning may be told twice when the connection breaks while it is told.
  /// - Parameters:
  ///   - since: a revision to start after; `nil` starts now.
  ///   - initial: whether what is there is told first.
  ///   - onCommit: returns whether to go on.
  /// - Returns: `false` when the namespace was removed.
  /// - Throws: also when history after the last commit told is gone (410).
  @discardableResult
  public func watchKeys(
    in space: KeySpace, _ scope: KeyWatchScope, since: String? = nil, initial: Bool = false,
    withValues: Bool = true, onCommit: @escaping (KeyCommit) -> Bool
  ) throws(ClientError) -> Bool {
    // Where "now" is, before the stream begins: a stream that breaks before its first line resumes from here.
    let now = try namespace(space)
    let position = now["position"]?.string.flatMap { Position($0) }
    let isThere = (now["revision"]?.integer ?? 0) > 0
    let reader = KeyWatchReader(
      since: since ?? (isThere && !initial ? position?.text : nil), initial: initial, epoch: position?.epoch,
      onCommit: onCommit)
    var fruitless = 0
    while true {
      let before = reader.count
      let failure = try connect(space, scope, withValues: withValues, reader)
      switch reader.end {
      case .enough: return true
      case .namespaceRemoved: return false
      case .failure(let error): throw error
      case nil: break
      }
      fruitless = reader.count == before ? fruitless + 1 : 0
      if fruitless >= Self.fruitlessTries {
        throw ClientError(
          failure ?? HTTPCallError(.cut, "the broker ends the stream again and again"), calling: endpoint.name)
      }
      Self.pauseBeforeReconnecting(after: fruitless, 250_000)
    }
  }

  /// One connection: how it broke, or `nil` when it ended in good order.
  private func connect(
    _ space: KeySpace, _ scope: KeyWatchScope, withValues: Bool, _ reader: KeyWatchReader
  ) throws(ClientError) -> HTTPCallError? {
    reader.reconnect()
    let query = space.query([
      scope.query, ("since", reader.resumption), ("initial", reader.wantsInitial ? "true" : nil),
      ("values", withValues ? nil : "false"),
    ])
    let call = prepared("GET", try space.path("watch"), query: query, accept: "application/x-ndjson")
    let answer: HTTPAnswer
    switch try follow(call, { reader.take($0) }) {
    case .success(let whole): answer = whole
    case .failure(let cut): return cut
    }
    guard answer.isSuccess else { throw Self.failure(of: answer) }
    return nil
  }
}
