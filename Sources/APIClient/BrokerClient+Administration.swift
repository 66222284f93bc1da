public import Vocabulary

extension BrokerClient {
  public func whoami() throws(ClientError) -> JSONValue { try call("GET", "/v1/whoami").json }
  public func limits() throws(ClientError) -> JSONValue { try call("GET", "/v1/limits").json }

  /// Throws unless the broker answers.
  public func health() throws(ClientError) -> JSONValue { try call("GET", "/healthz").json }

  /// Makes a token; the answer holds its secret, which is shown this once.
  ///
  /// - Parameter lifetime: in seconds; `nil` leaves it to the broker.
  public func issueToken(
    user: String, role: String, lifetime: Int?, note: String?
  ) throws(ClientError) -> JSONValue {
    var body: JSONObject = ["user": .string(user), "role": .string(role)]
    if let lifetime { body["expires_in"] = .integer(Int64(lifetime)) }
    if let note { body["note"] = .string(note) }
    return try call(
      "POST", "/v1/tokens", body: .object(body), headers: [("Idempotency-Key", Self.freshKey())]
    ).json
  }

  public func tokens() throws(ClientError) -> [JSONValue] {
    let json = try call("GET", "/v1/tokens").json
    return json["items"]?.array ?? json.array ?? []
  }

  public func revokeToken(_ id: String) throws(ClientError) {
    try call("DELETE", "/v1/tokens/\(URLText.encode(id))", isRepeatable: true)
  }
}
