import HTTPCalling
import JSONText
public import Vocabulary

/// What became of one line of a bulk submission.
public enum BulkResult: Sendable {
  /// The ids, in the order of the line's `cc`.
  case submitted(line: Int, ids: [String])
  case refused(line: Int, Problem)
}

extension BrokerClient {
  /// A million ids of one line take about 14 MB.
  private static var longestResult: Int { 64 << 20 }

  /// Submits many jobs over one connection, made while they are sent.
  ///
  /// - Parameters:
  ///   - lines: the next submission; `nil` at the end. May carry `cc`.
  ///   - onResult: called for each line, in order.
  public func bulk(
    key: String = BrokerClient.freshKey(), lines: @escaping () -> JSONObject?, onResult: @escaping (BulkResult) -> Void
  ) throws(ClientError) {
    let results = BulkResults(onResult: onResult, maximumLineBytes: Self.longestResult)
    var call = prepared(
      "POST", "/v1/jobs/bulk", headers: [("Idempotency-Key", key)], accept: "application/x-ndjson")
    call.headers.append(HTTPHeader("Content-Type", "application/x-ndjson"))
    let answer: HTTPAnswer
    do throws(HTTPCallError) {
      answer = try http.upload(
        call, pulling: { lines().map { Array((JSONValue.object($0).jsonText + "\n").utf8) } },
        onBytes: { results.take($0) })
    } catch {
      throw ClientError(error, calling: endpoint.name)
    }
    guard answer.isSuccess else { throw problem(of: answer) }
    try results.finish()
  }
}

/// Reads the results of a bulk submission as they arrive.
private final class BulkResults {
  private let onResult: (BulkResult) -> Void
  private var lines: NDJSONLines
  private var failure: ClientError?

  init(onResult: @escaping (BulkResult) -> Void, maximumLineBytes: Int) {
    self.onResult = onResult
    lines = NDJSONLines(maximumLineBytes: maximumLineBytes)
  }

  /// Whether to go on.
  func take(_ bytes: Span<UInt8>) -> Bool {
    lines.append(bytes)
    return drain()
  }

  func finish() throws(ClientError) {
    if failure == nil {
      lines.finish()
      _ = drain()
    }
    if let failure { throw failure }
  }

  private func drain() -> Bool {
    do {
      while let line = try lines.next() {
        let json = try JSONText.parse(line.bytes, limits: BrokerClient.answerLimits)
        let number = json["line"]?.integer.flatMap { Int(exactly: $0) } ?? line.number - 1
        if let error = json["error"] {
          onResult(.refused(line: number, Problem(status: 422, json: error)))
        } else {
          onResult(.submitted(line: number, ids: json["ids"]?.array?.compactMap(\.string) ?? []))
        }
      }
      return true
    } catch {
      failure = ClientError(
        "The broker's list of results cannot be read: \(error)", advice: "See what was submitted with 'sluice jobs'.")
      return false
    }
  }
}
