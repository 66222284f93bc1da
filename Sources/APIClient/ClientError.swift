public import HTTPCalling

/// Why a call to the broker did not do what was asked, and what a person can do next.
public struct ClientError: Error, Sendable, CustomStringConvertible {
  public let message: String
  /// A whole sentence, or nothing where there is nothing to do.
  public let advice: String?
  /// The broker's own words, where it answered.
  public let problem: Problem?

  public init(_ message: String, advice: String? = nil, problem: Problem? = nil) {
    self.message = message
    self.advice = advice
    self.problem = problem
  }

  public init(_ problem: Problem) {
    self.init(problem.report, advice: problem.advice, problem: problem)
  }

  /// No answer came.
  public init(_ error: HTTPCallError, calling place: String) {
    switch error.kind {
    case .unreachable:
      self.init(
        "No broker answers at \(place): \(error.reason)",
        advice: "Start one with 'sluice start', or name another with --uri or SLUICE_URI.")
    case .timedOut:
      self.init(
        "The broker at \(place) did not answer in time", advice: "See whether it lives with 'sluice ping'.")
    case .untrusted:
      self.init(
        "The certificate of \(place) does not convince: \(error.reason)",
        advice: "Name the broker's ca.pem with --ca-file or SLUICE_CA_FILE.")
    case .cut:
      self.init(
        "The connection to \(place) broke: \(error.reason)",
        advice: "The request may have been carried out; look with 'sluice jobs -a' before you repeat it.")
    case .tooLarge: self.init(error.reason, advice: "Ask for less at once, with --limit for example.")
    case .unusable: self.init(error.reason)
    }
  }

  public var description: String { advice.map { "\(message)\n\($0)" } ?? message }
}
