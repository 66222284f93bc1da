import HTTPCalling
public import Vocabulary

extension BrokerClient {
  public func whoami() throws(ClientError) -> JSONValue { try call("GET", "/v1/whoami").json }
  public func limits() throws(ClientError) -> JSONValue { try call("GET", "/v1/limits").json }

  /// Throws unless the broker answers.
  public func health() throws(ClientError) -> JSONValue { try call("GET", "/healthz").json }

  /// What the broker counts, by the names of Prometheus with their labels; `nil` where the caller may not see it.
  public func metrics() throws(ClientError) -> [String: Double]? {
    let text: String
    do throws(ClientError) {
      text = String(decoding: try fetch("/metrics", accept: "text/plain").body, as: UTF8.self)
    } catch {
      guard error.problem?.status == 403 else { throw error }
      return nil
    }
    var values: [String: Double] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      guard let blank = line.lastIndex(of: " "), let value = Double(line[line.index(after: blank)...]) else { continue }
      values[String(line[..<blank])] = value
    }
    return values
  }

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
