import HTTPCalling
public import Vocabulary

extension BrokerClient {
  /// How long one request waits for a job; the API grants 60 s.
  private static var longestWaitSeconds: Int { 55 }

  /// Submits one job; the job as the broker sees it.
  ///
  /// - Parameter key: the same key and body give the same job, so that a lost answer costs nothing.
  public func submit(
    _ request: JSONObject, dryRun: Bool = false, key: String = BrokerClient.freshKey()
  ) throws(ClientError) -> JSONValue {
    do throws(ClientError) {
      return try call(
        "POST", "/v1/jobs", query: dryRun ? [("dry_run", "true")] : [], body: .object(request),
        headers: dryRun ? [] : [("Idempotency-Key", key)], isRepeatable: true
      ).json
    } catch {
      guard var problem = error.problem else { throw error }
      problem.isOfSubmission = true
      throw ClientError(problem)
    }
  }

  public func job(_ id: String) throws(ClientError) -> JSONValue {
    try call("GET", "/v1/jobs/\(Self.segment(id))").json
  }

  /// Waits until a job is inactive, however long that takes; the ended job.
  public func ended(_ id: String) throws(ClientError) -> JSONValue {
    while true {
      let query = [("wait", "inactive"), ("timeout", String(Self.longestWaitSeconds))]
      let reply = try call("GET", "/v1/jobs/\(Self.segment(id))", query: query)
      if reply.status == 200 { return reply.json }
    }
  }

  /// Jobs that match, newest first, page by page.
  ///
  /// - Parameters:
  ///   - filter: query items of the API: `state`, `result`, `user`, `name`, `queue`, `since`.
  ///   - limit: how many at most.
  ///   - onPage: returns whether to go on.
  public func jobs(
    _ filter: [(String, String)], limit: Int, onPage: ([JSONValue]) -> Bool
  ) throws(ClientError) {
    // The API's largest page.
    let largestPage = 1_000
    var left = limit
    var cursor: String?
    while left > 0 {
      var query = filter + [("limit", String(min(left, largestPage)))]
      if let cursor { query.append(("cursor", cursor)) }
      let page = try call("GET", "/v1/jobs", query: query).json
      let items = page["items"]?.array ?? []
      left -= items.count
      guard onPage(items), let next = page["next_cursor"]?.string else { return }
      cursor = next
    }
  }

  @discardableResult
  public func cancel(
    _ id: String, note: String? = nil, dryRun: Bool = false
  ) throws(ClientError) -> JSONValue {
    let body: JSONObject = note.map { ["note": .string($0)] } ?? [:]
    return try call(
      "POST", "/v1/jobs/\(Self.segment(id))/cancel", query: dryRun ? [("dry_run", "true")] : [],
      body: .object(body), isRepeatable: true
    ).json
  }

  /// Forgets ended jobs: `older_than`, `keep`.
  public func purge(_ limits: JSONObject, dryRun: Bool = false) throws(ClientError) -> JSONValue {
    try call(
      "POST", "/v1/jobs/purge", query: dryRun ? [("dry_run", "true")] : [], body: .object(limits), isRepeatable: true
    ).json
  }

  /// Cancels all jobs that match `selection`; the operation and how many it matched.
  public func cancelMany(_ selection: JSONObject, dryRun: Bool = false) throws(ClientError) -> JSONValue {
    try call(
      "POST", "/v1/jobs/cancel", query: dryRun ? [("dry_run", "true")] : [], body: .object(selection),
      isRepeatable: true
    ).json
  }

  /// Does something to all jobs that match: `name` is `cancel`, `raise` or `signal`.
  public func actOnMany(
    _ name: String, _ body: JSONObject, dryRun: Bool = false
  ) throws(ClientError) -> JSONValue {
    // A second signal is not the same as one.
    try call(
      "POST", "/v1/jobs/\(name)", query: dryRun ? [("dry_run", "true")] : [], body: .object(body),
      isRepeatable: name != "signal"
    ).json
  }

  /// The job afterwards.
  public func act(_ name: String, on id: String, _ body: JSONObject) throws(ClientError) -> JSONValue {
    try call("POST", "/v1/jobs/\(Self.segment(id))/\(name)", body: .object(body), isRepeatable: false).json
  }

  public func change(_ id: String, _ body: JSONObject) throws(ClientError) {
    _ = try call("PATCH", "/v1/jobs/\(Self.segment(id))", body: .object(body), isRepeatable: true)
  }

  public func priority(_ id: String) throws(ClientError) -> JSONValue {
    try call("GET", "/v1/jobs/\(Self.segment(id))/priority").json
  }

  /// The result of a waitable job, however long it takes: this one's, or that of any.
  ///
  /// The result is given once; a key lets it be given again when its answer was lost on the way.
  public func waitForResult(of id: String?) throws(ClientError) -> JSONValue {
    var body: JSONObject = ["timeout": .integer(Int64(Self.longestWaitSeconds))]
    if let id { body["id"] = .string(Self.segment(id)) }
    let key = ("Idempotency-Key", Self.freshKey())
    while true {
      let reply = try call("POST", "/v1/jobs/wait", body: .object(body), headers: [key], isRepeatable: true)
      if reply.status == 200 { return reply.json }
    }
  }

  public func jobspec(_ id: String) throws(ClientError) -> JSONValue {
    try call("GET", "/v1/jobs/\(Self.segment(id))/jobspec").json
  }

  public func resourceSet(_ id: String) throws(ClientError) -> JSONValue {
    try call("GET", "/v1/jobs/\(Self.segment(id))/R").json
  }

  /// The eventlog, one JSON object a line (RFC 18).
  public func eventlog(_ id: String) throws(ClientError) -> String {
    String(decoding: try fetch("/v1/jobs/\(Self.segment(id))/eventlog", accept: "*/*").body, as: UTF8.self)
  }

  /// A job id as a path segment; `ƒ` becomes the ASCII `f` that the API writes.
  static func segment(_ id: String) -> String {
    URLText.encode(id.hasPrefix("ƒ") ? "f" + id.dropFirst() : id)
  }

  /// 128 random bits as text.
  public static func freshKey() -> String {
    String(UInt64.random(in: 0 ... .max), radix: 36) + String(UInt64.random(in: 0 ... .max), radix: 36)
  }
}
