import HTTPCalling

extension BrokerClient {
  /// A million ids of one line take about 14 MB.
  private static var longestResult: Int { 64 << 20 }

  /// Submits many jobs over one connection, made while they are sent.
  ///
  /// - Parameters:
  ///   - lines: the next submission, as JSON text without a line break; `nil` at the end. May carry `cc`.
  ///   - onResult: called for each line, in order.
  public func bulk(
    key: String = BrokerClient.freshKey(), lines: @escaping () -> [UInt8]?,
    onResult: @escaping (BulkResult) -> Void
  ) throws(ClientError) {
    let results = BulkResults(onResult: onResult, maximumLineBytes: Self.longestResult)
    var call = prepared(
      "POST", "/v1/jobs/bulk", headers: [("Idempotency-Key", key)], accept: "application/x-ndjson")
    call.headers.append(HTTPHeader("Content-Type", "application/x-ndjson"))
    let answer: HTTPAnswer
    do throws(HTTPCallError) {
      answer = try http.upload(
        call, pulling: { lines().map { $0 + [UInt8(ascii: "\n")] } },
        onBytes: { results.take($0) })
    } catch {
      throw ClientError(error, calling: endpoint.name)
    }
    guard answer.isSuccess else { throw problem(of: answer) }
    try results.finish()
  }
}
