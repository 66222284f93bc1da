import HTTPCalling
public import Vocabulary

/// Where processes meet.
extension BrokerClient {
  /// What came of a wait for the others.
  public enum Meeting: Sendable, Equatable {
    /// All are there; the broker's answer.
    case complete(JSONValue)
    /// The time was up first. This participant has arrived nevertheless, and is counted.
    case incomplete(arrived: Int)
  }

  /// Waits until `size` participants have come; then the operations of all of them are one commit.
  ///
  /// - Parameters:
  ///   - operations: as in a transaction, writes only.
  ///   - seconds: `nil` waits for ever.
  public func fence(
    _ name: String, in space: KeySpace, size: Int, participant: String, operations: [JSONValue],
    for seconds: Double? = nil
  ) throws(ClientError) -> Meeting {
    let body: JSONObject = [
      "size": .integer(Int64(size)), "participant": .string(participant), "operations": .array(operations),
    ]
    return try meet(try space.path("fences", name), space.query(), body, seconds)
  }

  /// The same without a commit, among all of the user's processes.
  public func barrier(
    _ name: String, of user: String? = nil, size: Int, participant: String, for seconds: Double? = nil
  ) throws(ClientError) -> Meeting {
    let body: JSONObject = ["size": .integer(Int64(size)), "participant": .string(participant)]
    let query = user.map { [("user", $0)] } ?? []
    return try meet("/v1/barriers/\(try KeySpace.segment(name))", query, body, seconds)
  }

  private func meet(
    _ path: String, _ query: [(String, String)], _ body: JSONObject, _ seconds: Double?
  ) throws(ClientError) -> Meeting {
    let wait = PatientWait(seconds)
    while true {
      let answer = try keyAnswer("POST", path, query + [("timeout", wait.nextTimeout)], .object(body), .harmless)
      outlastsRestarts = true
      if answer.status != 202 { return .complete(try parsedAnswer(answer)) }
      if wait.isOver {
        return .incomplete(arrived: Int(try parsedAnswer(answer)["arrived"]?.integer ?? 0))
      }
    }
  }
}
