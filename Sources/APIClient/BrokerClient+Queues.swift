public import Vocabulary

extension BrokerClient {
  public func queues() throws(ClientError) -> [JSONValue] {
    try call("GET", "/v1/queues").json["items"]?.array ?? []
  }

  /// - Parameter isWhole: what is not named is as in a new queue, rather than as it was.
  public func changeQueue(_ name: String, _ body: JSONObject, isWhole: Bool = false) throws(ClientError) -> JSONValue {
    try call(isWhole ? "PUT" : "PATCH", "/v1/queues/\(URLText.encode(name))", body: .object(body)).json
  }

  public func removeQueue(_ name: String) throws(ClientError) {
    try call("DELETE", "/v1/queues/\(URLText.encode(name))")
  }

  public func maintenance() throws(ClientError) -> [JSONValue] {
    try call("GET", "/v1/maintenance").json["items"]?.array ?? []
  }

  public func announceMaintenance(_ name: String, _ body: JSONObject) throws(ClientError) -> JSONValue {
    try call("PUT", "/v1/maintenance/\(URLText.encode(name))", body: .object(body)).json
  }

  public func removeMaintenance(_ name: String) throws(ClientError) {
    try call("DELETE", "/v1/maintenance/\(URLText.encode(name))")
  }

  public func setPreemption(_ isEnabled: Bool) throws(ClientError) -> JSONValue {
    try call("PUT", "/v1/preemption", body: .object(["enabled": .bool(isEnabled)])).json
  }
}
