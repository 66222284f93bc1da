public import Vocabulary

/// A job as someone submits it: what to run, and how the broker is to treat it.
public struct SubmissionRequest: Sendable, Equatable {
  public let jobspec: Jobspec
  /// 0 (held) to 31 (expedited); RFC 30.
  public let urgency: Int
  public let flags: SubmissionFlags
  /// One job for each of these numbers, which replaces `{cc}`; see `Jobspec.copy`. `nil`: one job.
  public let copies: Idset?

  public init(
    jobspec: Jobspec, urgency: Int = JobspecLimits.defaultUrgency, flags: SubmissionFlags = [],
    copies: Idset? = nil
  ) {
    self.jobspec = jobspec
    self.urgency = urgency
    self.flags = flags
    self.copies = copies
  }
}
