import HTTPCalling
public import Vocabulary

extension BrokerClient {
  /// All nodes, or those of some states, by ascending rank.
  ///
  /// - Parameters:
  ///   - state: names of states, separated by commas.
  ///   - requirement: a query such as `hostlist:node[0-3]` (RFC 35).
  public func nodes(state: String? = nil, requirement: String? = nil) throws(ClientError) -> [JSONValue] {
    try items("/v1/nodes", [("state", state), ("q", requirement)])
  }

  public func allocations() throws(ClientError) -> [JSONValue] { try items("/v1/allocations", []) }

  public func releaseAllocation(_ id: String) throws(ClientError) {
    try call("DELETE", "/v1/allocations/\(URLText.encode(id))", isRepeatable: true)
  }

  private func items(_ path: String, _ filter: [(String, String?)]) throws(ClientError) -> [JSONValue] {
    var items: [JSONValue] = []
    var cursor: String?
    repeat {
      let query = (filter + [("limit", "1000"), ("cursor", cursor)]).compactMap { name, value in
        value.map { (name, $0) }
      }
      let page = try call("GET", path, query: query).json
      items += page["items"]?.array ?? []
      cursor = page["next_cursor"]?.string
    } while cursor != nil
    return items
  }

  public func vertex(at path: String) throws(ClientError) -> JSONValue? {
    try call("GET", "/v1/graph/vertices", query: [("path", path)]).json["items"]?.array?.first
  }

  /// The graph as text, in a media type that the broker gives.
  public func graph(_ query: [(String, String)], as type: String) throws(ClientError) -> [UInt8] {
    try fetch("/v1/graph", query: query, accept: type).body
  }

  /// - Parameter version: of the graph that the change is made for; `nil`: whatever there is.
  public func changeGraph(
    _ mutations: [JSONValue], version: UInt64?, isDryRun: Bool
  ) throws(ClientError) -> JSONValue {
    try call(
      "POST", "/v1/graph/mutations", query: isDryRun ? [("dry_run", "true")] : [],
      body: .object(["mutations": .array(mutations)]),
      headers: [("If-Match", version.map { "\"\($0)\"" } ?? "*")]
    ).json
  }

  /// - Parameter request: the fields of a submission, and `operation`.
  public func match(_ request: JSONObject) throws(ClientError) -> JSONValue {
    try call("POST", "/v1/graph/match", body: .object(request)).json
  }

  /// Where what is added goes by default.
  public func graphRootPath() throws(ClientError) -> String {
    let page = try call("GET", "/v1/graph/vertices", query: [("depth", "0")]).json
    guard let path = page["items"]?.array?.first?["path"]?.string else {
      throw ClientError("The broker has no resources yet.")
    }
    return path
  }

  /// - Parameter question: `mutations`, `jobs`, `assumed_duration`.
  public func whatIf(_ question: JSONObject) throws(ClientError) -> JSONValue {
    try call("POST", "/v1/graph/whatif", body: .object(question), isRepeatable: true).json
  }
}
