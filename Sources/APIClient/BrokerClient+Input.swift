import HTTPCalling

extension BrokerClient {
  /// Returns when the job has started, or ended.
  public func waitForStart(_ id: String) throws(ClientError) {
    while try call("GET", "/v1/jobs/\(Self.segment(id))", query: [("wait", "run"), ("timeout", "55")]).status != 200 {}
  }

  /// Gives bytes to a running job's tasks; returns when they are taken, however long the tasks take to read.
  ///
  /// - Parameters:
  ///   - offset: of the first byte, counted from the beginning: what was taken before is not taken twice.
  ///   - isLast: nothing follows.
  public func give(_ bytes: [UInt8], to id: String, at offset: Int, isLast: Bool) throws(ClientError) {
    var call = prepared(
      "PUT", "/v1/jobs/\(Self.segment(id))/stdin",
      query: [("offset", String(offset)), ("eof", isLast ? "true" : "false")], accept: "application/json")
    call.headers.append(HTTPHeader("Content-Type", "application/octet-stream"))
    call.body = bytes
    while true {
      do throws(ClientError) {
        _ = try send(call, isRepeatable: true)
        return
      } catch {
        // Nobody reads yet: that is no reason to give up, and the broker has waited already.
        guard error.problem?.code == "input_not_read" else { throw error }
      }
    }
  }
}
