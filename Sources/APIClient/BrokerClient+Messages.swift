import HTTPCalling
public import Vocabulary

extension BrokerClient {
  /// Makes the messages of a topic last, and its streams resume.
  public func makeDurable(_ topic: String, user: String? = nil) throws(ClientError) {
    try call(
      "PUT", "/v1/topics/\(URLText.encode(topic))", query: Self.scope(user), body: .object(["durable": .bool(true)]),
      isRepeatable: true)
  }

  /// Publishes one message; what the broker says of it. Never repeated by itself: it might arrive twice.
  @discardableResult
  public func publish(_ topic: String, _ payload: Payload, user: String? = nil) throws(ClientError) -> JSONValue {
    var call = prepared(
      "POST", "/v1/topics/\(URLText.encode(topic))", query: Self.scope(user), accept: "application/json")
    call.headers.append(HTTPHeader("Content-Type", payload.mediaType))
    call.body = payload.bytes
    return try parsed(try send(call, isRepeatable: false))
  }

  /// Calls a service and waits for its answer.
  /// - Parameter timeout: in seconds; the broker grants 60.
  public func callService(
    _ service: String, _ payload: Payload, timeout: Double, id: String? = nil, user: String? = nil
  ) throws(ClientError) -> Payload {
    let query = Self.scope(user) + [("timeout", "\(timeout)")] + (id.map { [("id", $0)] } ?? [])
    var call = prepared("POST", "/v1/services/\(URLText.encode(service))/call", query: query, accept: "*/*")
    call.headers.append(HTTPHeader("Content-Type", payload.mediaType))
    call.body = payload.bytes
    let answer = try send(call, isRepeatable: false)
    return Payload(mediaType: answer.header("Content-Type") ?? "application/octet-stream", bytes: answer.body)
  }

  /// Offers a service and waits for one call of it; `nil` when none came in time.
  /// - Parameter timeout: in seconds; the broker grants 60.
  public func takeCall(_ service: String, timeout: Double, user: String? = nil) throws(ClientError) -> TakenCall? {
    let query = Self.scope(user) + [("timeout", "\(timeout)")]
    let reply = try call(
      "POST", "/v1/services/\(URLText.encode(service))/take", query: query, isRepeatable: true)
    guard reply.status != 204 else { return nil }
    guard let taken = TakenCall(reply.json) else { throw ClientError("The broker gave a call that cannot be read") }
    return taken
  }

  /// Answers a call, for good or, with `hasMore`, with a part.
  public func reply(
    to call: TakenCall, of service: String, _ payload: Payload, hasMore: Bool = false, user: String? = nil
  ) throws(ClientError) {
    var body: JSONObject = ["call": .string(call.id)]
    payload.write(to: &body)
    if hasMore { body["more"] = .bool(true) }
    try reply(body, service, user)
  }

  /// Ends a call with an error.
  public func reply(
    to call: TakenCall, of service: String, error: String, user: String? = nil
  ) throws(ClientError) {
    try reply(["call": .string(call.id), "error": .string(error)], service, user)
  }

  private func reply(_ body: JSONObject, _ service: String, _ user: String?) throws(ClientError) {
    try call("POST", "/v1/services/\(URLText.encode(service))/reply", query: Self.scope(user), body: .object(body))
  }

  private static func scope(_ user: String?) -> [(String, String)] { user.map { [("user", $0)] } ?? [] }
}
