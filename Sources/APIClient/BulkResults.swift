import JSONText
import Vocabulary

/// Reads the results of a bulk submission as they arrive.
final class BulkResults {
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
        onResult(
          BulkResult(
            line: json["line"]?.integer.flatMap { Int(exactly: $0) } ?? line.number,
            ids: json["ids"]?.array?.compactMap(\.string) ?? [],
            problem: json["error"].map { Problem(status: 422, json: $0) }))
      }
      return true
    } catch {
      failure = ClientError(
        "The broker's list of results cannot be read: \(error)",
        advice: "See what was submitted with 'sluice jobs'.")
      return false
    }
  }
}
