public import Jobs
import Vocabulary

/// What somebody has done to a job from outside.
public enum JobAction: Sendable, Equatable {
  /// Severity 0 ends the job, others inform.
  case raise(type: String, severity: UInt8, note: String)
  /// To every process of a running job.
  case signal(Int32)

  /// As `sluice cancel` does.
  public static func cancel(note: String) -> JobAction { .raise(type: "cancel", severity: 0, note: note) }

  func pack(into writer: inout PackedWriter) {
    switch self {
    case .raise(let type, let severity, let note):
      writer.write(UInt8(1))
      writer.write(type)
      writer.write(severity)
      writer.write(note)
    case .signal(let signal):
      writer.write(UInt8(2))
      writer.write(signal)
    }
  }

  init(unpacking reader: inout PackedReader) throws(PackedError) {
    switch try reader.readByte() {
    case 1:
      self = .raise(
        type: try reader.readString(), severity: try reader.readByte(), note: try reader.readString())
    case 2: self = .signal(try reader.readInt32())
    default: throw .invalid("kind of action", offset: reader.offset)
    }
  }
}

extension BrokerState {
  /// Whether the action would do something to the job now.
  public func concerns(_ action: JobAction, _ job: Job) -> Bool {
    switch action {
    case .signal: job.phase == .running
    case .raise(_, 0, _): job.phase.isPending || job.phase.state == .run || job.willRepeat
    case .raise: job.phase != .ended && job.takesEvents
    }
  }

  /// - Precondition: it concerns the job.
  func carryOut(
    _ action: JobAction, on job: Job, by principal: Principal, cause: UInt64 = 0, _ builder: inout RecordBuilder
  ) {
    switch action {
    case .signal(let signal):
      builder.add(.jobSignalled(job.attemptID, signal: signal), owner: job.owner, cause: cause)
    case .raise(let type, let severity, let note):
      let exception = JobException(type: type, severity: severity, note: note, userID: principal.userID)
      guard severity == 0 else { return builder.add(.raised(exception, in: job.state), to: job, cause: cause) }
      builder.add(.exception(exception), to: job, cause: cause)
      // A waiting job ends at once; a running one when its processes are gone.
      if job.phase.isPending { builder.add(.clean, to: job, cause: cause) }
    }
  }

  func decide(
    _ action: JobAction, on id: JobID, by attribution: Attribution, _ builder: inout RecordBuilder
  ) throws(Refusal) {
    let job = try accessibleJob(id, to: attribution)
    if concerns(action, job) { return carryOut(action, on: job, by: attribution.principal, &builder) }
    // A job that is being ended already needs no second fatal exception.
    switch action {
    case .signal: throw .notRunning(id)
    case .raise(_, 0, _): return
    case .raise: throw .tooManyEvents
    }
  }
}
