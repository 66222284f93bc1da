public import Vocabulary

/// A job as someone submits it: what to run, and how the broker is to treat it.
public struct SubmissionRequest: Sendable, Equatable {
  public let jobspec: Jobspec
  /// 0 (held) to 31 (expedited); RFC 30.
  public let urgency: Int
  public let flags: SubmissionFlags
  /// The running job on whose resources it is to run, as a step; `nil`: it waits for its own.
  public let within: JobID?
  /// One job for each of these numbers, which replaces `{cc}`; see `Jobspec.copy`. `nil`: one job.
  public let copies: Idset?
  /// How many of the copies may be active and not waiting for their turn; `nil`: all.
  public let throttle: Int?
  /// JSON Pointer of the list of dependencies, for who finds out later that one of them cannot be.
  public let dependencyPlace: String

  public init(
    jobspec: Jobspec, urgency: Int = JobspecLimits.defaultUrgency, flags: SubmissionFlags = [],
    within: JobID? = nil, copies: Idset? = nil, throttle: Int? = nil, dependencyPlace: String = "/dependencies"
  ) {
    self.throttle = throttle
    self.dependencyPlace = dependencyPlace
    self.jobspec = jobspec
    self.urgency = urgency
    self.flags = flags
    self.within = within
    self.copies = copies
  }
}
