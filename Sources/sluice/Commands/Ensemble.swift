import APIClient
import ArgumentParser
import Vocabulary

/// Many jobs submitted at once and waited for together.
final class Ensemble {
  private let client: BrokerClient
  private let progress: ProgressBar?
  /// Whether there is something to see before the jobs exist: many submissions.
  private let showsSubmission: Bool
  /// Where the stream of events stood before the first job existed: nothing after it is missed.
  private var position: String?
  /// Of the jobs that exist, in the order in which they were submitted.
  private(set) var ids: [String] = []

  init(_ client: BrokerClient, progress: ProgressBar?, showsSubmission: Bool = false) {
    self.client = client
    self.progress = progress
    self.showsSubmission = showsSubmission
  }

  /// Submits what `lines` makes while it is sent.
  ///
  /// - Parameters:
  ///   - lines: the next submission as JSON text, and how many jobs there are with it; `nil` at the end.
  ///   - onResult: called for each of them, in order.
  func submit(
    _ lines: @escaping () -> (text: [UInt8], sent: Int)?, onResult: @escaping (BulkResult) -> Void
  ) throws {
    position = try client.call("GET", "/v1/jobs", query: [("limit", "1")]).json["position"]?.string
    let progress = showsSubmission ? progress : nil
    defer { progress?.finish() }
    try client.bulk(
      lines: {
        guard let (text, sent) = lines() else { return nil }
        progress?.show(submitted: sent)
        return text
      },
      onResult: { result in
        self.ids += result.ids
        onResult(result)
      })
  }

  /// Waits until every job is inactive, or has had the event.
  func wait(for event: String? = nil) throws -> EnsembleTally {
    client.outlastsRestarts = true
    var tally = EnsembleTally(ids, awaiting: event)
    defer { progress?.finish() }
    guard !tally.isComplete else { return tally }
    try client.events(.jobs([]), since: position) { event in
      if let id = event.id, let name = event.name { tally.take(id, name, event.json["context"]) }
      self.progress?.show(tally.counts)
      return !tally.isComplete
    }
    // The stream may end early, when the broker drops it for good; the rest is asked for one by one.
    for id in tally.outstanding.sorted() {
      if let event, try Self.had(event, client.eventlog(id)) {
        tally.take(id, event, nil)
      } else {
        tally.take(ended: id, JobOutcome(try client.ended(id)))
      }
    }
    progress?.show(tally.counts)
    return tally
  }

  private static func had(_ event: String, _ eventlog: String) -> Bool {
    eventlog.contains("\"name\":\(JSONValue.string(event).jsonText)")
  }
}
