import APIClient
import ArgumentParser
import Vocabulary

/// Many jobs submitted at once and waited for together.
final class Ensemble {
  private let client: BrokerClient
  private let expected: Int
  private var progress: ProgressBar?
  /// Where the stream of events stood before the first job existed: nothing after it is missed.
  private var position: String?
  private var ids: [String] = []
  /// Why some of the jobs were not taken.
  private(set) var refusal: Problem?

  init(_ client: BrokerClient, expected: Int, showsProgress: Bool) {
    self.client = client
    self.expected = expected
    progress = showsProgress ? ProgressBar(total: expected, terminal: .error) : nil
  }

  /// The new jobs' ids, in the order of the request's `cc`.
  ///
  /// - Throws: when none of them exists; `refusal` tells why not all do.
  func submit(_ request: JSONObject) throws -> [String] {
    position = try client.call("GET", "/v1/jobs", query: [("limit", "1")]).json["position"]?.string
    var lines = [request]
    var ids: [String] = []
    try client.bulk(lines: { lines.popLast() }) { result in
      ids += result.ids
      self.refusal = result.problem ?? self.refusal
    }
    if let refusal, ids.isEmpty { throw ClientError(refusal) }
    self.ids = ids
    return ids
  }

  /// Waits until every job is inactive; the highest exit code.
  func wait() throws -> Int32 {
    client.outlastsRestarts = true
    var tally = EnsembleTally(ids)
    defer { progress?.finish() }
    guard !tally.isComplete else { return tally.exitCode }
    try client.events(.jobs([]), since: position) { event in
      if let id = event.id, let name = event.name { tally.take(id, name, event.json["context"]) }
      self.progress?.show(tally)
      return !tally.isComplete
    }
    // The stream may end early, when the broker drops it for good; the rest is asked for one by one.
    for id in tally.outstanding.sorted() { tally.take(ended: id, JobOutcome(try client.ended(id))) }
    progress?.show(tally)
    return tally.exitCode
  }
}
