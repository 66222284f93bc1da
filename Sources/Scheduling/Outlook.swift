public import Vocabulary

/// What a waiting job waits for, and until when; an estimate, made anew by each plan.
public struct Outlook: Sendable, Equatable {
  public let job: JobID
  /// Of its reservation, unless what it waits for has no time limit; `nil`: not known.
  public let estimatedStart: Timestamp?
  /// For people; it has no final stop.
  public let reason: String

  public init(job: JobID, estimatedStart: Timestamp?, reason: String) {
    self.job = job
    self.estimatedStart = estimatedStart
    self.reason = reason
  }
}
