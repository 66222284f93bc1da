import Glibc
import HTTPCalling
import JSONText
import Vocabulary

/// Whether a request may be sent again when nobody knows what became of it.
enum Repetition {
  /// It reads, or a second arrival finds the work done.
  case harmless
  /// A second arrival could undo what others did in between: only what was surely not done is sent again.
  case harmful
}

extension BrokerClient {
  /// Tries of a request that somebody at a prompt waits for: a few seconds.
  private static var fewTries: Int { 4 }
  /// Tries once the broker is known to be there: the pauses add up to a minute and a half, as long as a restart.
  private static var manyTries: Int { 12 }
  private static var longestPause: Int { 10 }

  /// Sends one request about keys; the answer is a success.
  func transmit(_ call: HTTPCall, _ repetition: Repetition) throws(ClientError) -> HTTPAnswer {
    try repeated(repetition) { () throws(HTTPCallError) in try http.send(call) }
  }

  /// Sends a request as `exchange` does, again while that makes sense; the answer is a success.
  func repeated(
    _ repetition: Repetition, _ exchange: () throws(HTTPCallError) -> HTTPAnswer
  ) throws(ClientError) -> HTTPAnswer {
    var wasReached = outlastsRestarts
    var tries = 1
    while true {
      let outcome: Result<HTTPAnswer, HTTPCallError>
      do throws(HTTPCallError) {
        outcome = .success(try exchange())
      } catch {
        outcome = .failure(error)
      }
      if case .success(let answer) = outcome, answer.isSuccess { return answer }
      if case .failure(let error) = outcome, error.kind == .cut { wasReached = true }
      let failure = Self.failure(outcome, calling: endpoint.name)
      guard Self.isWorthAnotherTry(outcome, failure, repetition, wasReached: wasReached),
        tries < (wasReached ? Self.manyTries : Self.fewTries)
      else { throw failure }
      let asked = failure.problem?.retryAfterSeconds ?? 1 << (tries - 1)
      sleep(UInt32(max(1, min(asked, Self.longestPause))))
      tries += 1
    }
  }

  private static func isWorthAnotherTry(
    _ outcome: Result<HTTPAnswer, HTTPCallError>, _ failure: ClientError, _ repetition: Repetition, wasReached: Bool
  ) -> Bool {
    switch outcome {
    case .success(let answer):
      // A busy broker has done nothing, unless it says that it ran out of time.
      [429, 503].contains(answer.status) && (repetition == .harmless || failure.problem?.code != "timeout")
    case .failure(let error):
      repetition == .harmless && (error.kind == .cut || error.kind == .unreachable && wasReached)
    }
  }

  // MARK: What went wrong

  /// Why there is no success, in words of the key-value store.
  private static func failure(_ outcome: Result<HTTPAnswer, HTTPCallError>, calling place: String) -> ClientError {
    switch outcome {
    case .success(let answer): return failure(of: answer)
    case .failure(let error) where error.kind == .cut:
      return ClientError(
        "The connection to \(place) broke: \(error.reason)",
        advice: "What was asked may have been done: look with 'sluice kvs get' before you repeat it.")
    case .failure(let error): return ClientError(error, calling: place)
    }
  }

  static func failure(of answer: HTTPAnswer) -> ClientError {
    var problem = Problem(status: answer.status, body: answer.body)
    problem.retryAfterSeconds = answer.header("Retry-After").flatMap { Int($0) }
    let oldest = (try? JSONText.parse(answer.body))?["oldest_revision"]?.integer
    return ClientError(problem.report, advice: advice(for: problem, oldestRevision: oldest), problem: problem)
  }

  private static func advice(for problem: Problem, oldestRevision: Int64?) -> String? {
    switch (problem.status, problem.code) {
    case (404, _): "'sluice kvs ls' shows the keys, 'sluice kvs namespace list' the namespaces."
    case (409, "is_directory"): "'sluice kvs dir KEY' shows what is in it, 'sluice kvs rm -R KEY' removes it."
    case (410, _):
      "History goes back to " + (oldestRevision.map { "revision \($0)" } ?? "a later revision")
        + "; begin again from what is there now."
    case (412, _): "Somebody else changed it: read it again and decide anew."
    case (403, "quota_exceeded"): "'sluice kvs namespace set' changes a quota; 'sluice kvs rm' makes room."
    case (400, _), (409, _), (413, _), (415, _), (422, _): nil
    default: problem.advice
    }
  }
}
