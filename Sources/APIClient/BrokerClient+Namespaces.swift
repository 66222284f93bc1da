public import Vocabulary

extension BrokerClient {
  /// All namespaces that the caller may see, or those of one user; and the log's newest position.
  public func namespaces(of user: String? = nil) throws(ClientError) -> [JSONValue] {
    var items: [JSONValue] = []
    var cursor: String?
    repeat {
      let query = [("user", user), ("limit", "1000"), ("cursor", cursor)].compactMap { name, value in
        value.map { (name, $0) }
      }
      let page = try keyCall("GET", "/v1/kvs", query, nil, .harmless)
      items += page["items"]?.array ?? []
      cursor = page["next_cursor"]?.string
    } while cursor != nil
    return items
  }

  public func namespace(_ space: KeySpace) throws(ClientError) -> JSONValue {
    try keyCall("GET", try space.path(), space.query(), nil, .harmless)
  }

  /// - Parameter body: `name`, and `description`, `quota`, `retention`, `from`.
  public func createNamespace(_ body: JSONObject) throws(ClientError) -> JSONValue {
    try keyCall("POST", "/v1/kvs", [], .object(body), .harmful)
  }

  /// - Parameter body: `description`, `quota`.
  public func changeNamespace(_ space: KeySpace, _ body: JSONObject) throws(ClientError) -> JSONValue {
    try keyCall("PATCH", try space.path(), space.query(), .object(body), .harmful)
  }

  public func removeNamespace(_ space: KeySpace) throws(ClientError) {
    _ = try keyCall("DELETE", try space.path(), space.query(), nil, .harmful)
  }
}
