public import Jobspec
public import ResourceGraph
public import Vocabulary

/// One job: what was asked, where it is, and everything that happened to it.
///
/// The history is the eventlog in a compact form; times, the exception and the outcome are read from it
/// rather than stored twice. A pending job has none and costs its fixed fields only.
public struct Job: Sendable {
  public let id: JobID
  public let owner: Principal
  public let spec: StoredJobspec
  public let submittedAt: Timestamp
  /// Place of the `submit` entry in the log.
  public let submittedSeq: UInt64
  public let flags: SubmissionFlags
  public let submittedUrgency: UInt8
  public let submittedPriority: UInt32
  /// What it was submitted to wait for.
  public let awaits: [Dependency]
  /// The running job whose resources it runs on, as one of its steps; `nil`: it has its own.
  public let within: JobID?
  /// Which of the copies of one submission it is.
  public let copy: Int?
  /// What of that does not hold yet.
  public private(set) var unmet: [Dependency]
  public private(set) var urgency: UInt8
  public private(set) var phase: JobPhase
  public private(set) var priority: UInt32
  /// The current execution, from 1.
  public private(set) var attempt: UInt32
  /// Whose processes run, or ran last, in the current attempt.
  public private(set) var stage = AttemptStage.tasks
  public private(set) var history: [JobHappening]
  /// What changed of its jobspec since the submission.
  public private(set) var changed = JobChange()
  /// What its owner noted about it.
  public private(set) var memo = JSONObject()

  /// - Parameter spec: the one that the submission names.
  public init(_ submission: Submission, spec: StoredJobspec, at: Timestamp, seq: UInt64) {
    id = submission.id
    owner = submission.owner
    self.spec = spec
    submittedAt = at
    submittedSeq = seq
    flags = submission.flags
    submittedUrgency = submission.urgency
    submittedPriority = submission.priority
    awaits = submission.awaits
    within = submission.within
    copy = submission.copy
    unmet = submission.awaits
    urgency = submission.urgency
    phase = submission.awaits.isEmpty ? .waiting : .depending
    priority = submission.priority
    attempt = 1
    history = []
  }

  /// The only change of a job: total, it never fails and never decides.
  public mutating func fold(_ happening: JobHappening) {
    history.append(happening)
    switch happening.event {
    case .alloc: phase = .allocated
    case .start: if phase == .allocated { phase = .running }
    case .finish: phase = .finished
    case .exception(let exception):
      guard exception.severity == 0 else { return }
      switch phase {
      case .depending, .waiting:
        phase = .released
        unmet = []
      case .allocated, .running, .leaving: phase = .stopping
      case .stopping, .finished, .released, .ended: break
      }
    case .evict: if phase == .allocated || phase == .running { phase = .leaving }
    case .resize: break
    case .release: phase = .released
    case .clean: phase = .ended
    case .requeue(_, let priority):
      phase = .waiting
      attempt += 1
      self.priority = priority
    case .urgency(let urgency, let priority, _):
      self.urgency = urgency
      self.priority = priority
    case .dependencyRemove(let dependency): unmet.removeAll { $0 == dependency }
    case .depend(let priority):
      phase = .waiting
      self.priority = priority
    case .earlyUrgency(let urgency, _): self.urgency = urgency
    case .raised: break
    case .memo(let notes, _): memo = memo.merging(notes)
    case .jobspecUpdate(let change, _): changed.take(change)
    case .resourceUpdate(let duration, _): changed.duration = duration
    case .prologStart: stage = .prolog
    case .prologFinish, .epilogFinish: stage = .tasks
    case .epilogStart: stage = .epilog
    case .stepsStart, .stepsFinish: break
    case .requeueLater(_, let until):
      phase = .depending
      unmet = [.beginTime(until)]
      attempt += 1
    }
  }
}

/// Where a job is, more finely than its state: what may happen to it next.
public enum JobPhase: UInt8, Sendable {
  /// DEPEND: what it awaits does not hold yet.
  case depending
  /// SCHED: waits for resources.
  case waiting
  /// RUN: has resources, the start of its prolog or of its tasks was ordered.
  case allocated
  /// RUN: its tasks were spawned.
  case running
  /// RUN: its attempt is being ended, and the job will wait again.
  case leaving
  /// CLEANUP: a fatal exception came, its processes are being ended.
  case stopping
  /// CLEANUP: its processes are gone, its resources are still held for its steps to end, or for the epilog.
  case finished
  /// CLEANUP: holds nothing.
  case released
  /// INACTIVE.
  case ended

  public var state: JobState {
    switch self {
    case .depending: .depend
    case .waiting: .sched
    case .allocated, .running, .leaving: .run
    case .stopping, .finished, .released: .cleanup
    case .ended: .inactive
    }
  }

  /// Whether it has no resources yet.
  public var isPending: Bool { self == .depending || self == .waiting }

  /// Whether resources are held, and an execution may know of the attempt.
  public var isExecuting: Bool {
    switch self {
    case .allocated, .running, .leaving, .stopping, .finished: true
    case .depending, .waiting, .released, .ended: false
    }
  }

  /// Whether the attempt's processes are to be ended.
  public var isEnding: Bool { self == .leaving || self == .stopping }

  /// The same, or they are gone already, and what the job holds is still its own.
  public var isOnTheWayOut: Bool { isEnding || self == .finished }
}

extension Job {
  public var state: JobState { phase.state }
  /// As it was submitted; what may have changed since has its own property here.
  public var jobspec: Jobspec { spec.jobspec }
  /// Zero: unlimited.
  public var duration: TimeSpan { changed.duration ?? jobspec.duration }

  public var queue: String? { changed.queue ?? jobspec.queue }

  /// The name given, or the last component of the program's path, as Flux shows it.
  public var name: String { spec.displayName }

  /// What the current or last attempt holds or held.
  public var allocation: Allocation? {
    var expiration: Timestamp??
    for happening in history.reversed() {
      switch happening.event {
      case .resourceUpdate(_, let changed): expiration = expiration ?? .some(changed)
      case .alloc(let allocation), .resize(let allocation):
        return expiration.map { allocation.expiring($0) } ?? allocation
      default: continue
      }
    }
    return nil
  }

  /// When the current or last attempt's time is up.
  public var expiration: Timestamp? { allocation?.expiration }

  /// The first fatal exception.
  public var fatalException: JobException? {
    for happening in history {
      if case .exception(let exception) = happening.event, exception.severity == 0 { return exception }
    }
    return nil
  }

  /// Of the last attempt that finished.
  public var outcome: AttemptOutcome? {
    last { if case .finish(let outcome) = $0.event { outcome } else { nil } }
  }

  /// Once the job is INACTIVE.
  /// - Source: flux-core's result rules: a fatal exception of type `cancel` or `timeout` names the result.
  public var result: JobResult? {
    guard phase == .ended else { return nil }
    if let exception = fatalException {
      switch exception.type {
      case "cancel": return .canceled
      case "timeout": return .timeout
      default: return .failed
      }
    }
    return outcome?.waitStatus == 0 ? .completed : .failed
  }

  /// The prolog or epilog that runs, where one does.
  public var program: SiteProgram? {
    guard stage != .tasks else { return nil }
    return last { happening in
      switch happening.event {
      case .prologStart(let program), .epilogStart(let program, _): program
      default: nil
      }
    }
  }

  /// Its tasks have ended, and steps that run on its resources have not.
  public var awaitsSteps: Bool { phase == .finished && stage == .tasks }

  /// Of an attempt that is over but for its steps and its epilog: what comes then, unless somebody ends the job before.
  public var continuation: JobEvent.Continuation {
    guard phase == .finished, fatalException == nil else { return .end }
    let decided: JobEvent.Continuation? = last { happening in
      switch happening.event {
      case .epilogStart(_, let continuation), .stepsStart(let continuation): continuation
      default: nil
      }
    }
    return decided ?? .end
  }

  /// Another attempt comes after this one.
  public var willRepeat: Bool { continuation != .end }

  /// What the latest event has that has it.
  private func last<Value>(_ value: (JobHappening) -> Value?) -> Value? {
    for happening in history.reversed() {
      if let value = value(happening) { return value }
    }
    return nil
  }

  /// When RUN was entered, by the last attempt.
  public var runAt: Timestamp? { last { if case .alloc = $0.event { $0.at } else { nil } } }

  /// When the tasks of the current attempt were spawned.
  public var startedAt: Timestamp? {
    for happening in history.reversed() {
      switch happening.event {
      case .start: return happening.at
      case .alloc, .requeue, .requeueLater: return nil
      default: continue
      }
    }
    return nil
  }

  /// When CLEANUP was entered for the last time.
  public var cleanupAt: Timestamp? {
    guard phase.state.rawValue >= JobState.cleanup.rawValue else { return nil }
    var entered: Timestamp?
    for happening in history {
      switch happening.event {
      case .finish: entered = entered ?? happening.at
      case .exception(let exception) where exception.severity == 0: entered = entered ?? happening.at
      case .requeue, .requeueLater: entered = nil
      default: break
      }
    }
    return entered
  }

  public var endedAt: Timestamp? { phase == .ended ? history.last?.at : nil }
}

extension Job {
  /// Everything but its owner and jobspec, which the packer keeps once for many jobs.
  public func pack(into writer: inout PackedWriter) {
    submission.pack(into: &writer)
    writer.write(submittedAt)
    writer.write(submittedSeq)
    writer.writeList(history) { $1.pack(into: &$0) }
  }

  /// The state follows from the history: it is folded again.
  public init(unpacking reader: inout PackedReader, owner: Principal, spec: StoredJobspec) throws(PackedError) {
    let submission = try Submission(unpacking: &reader, owner: owner)
    guard submission.spec == spec.digest else { throw .invalid("jobspec of another job", offset: reader.offset) }
    let at = try reader.readTimestamp()
    self.init(submission, spec: spec, at: at, seq: try reader.readUInt64())
    for happening in try reader.readList({ (reader) throws(PackedError) in try JobHappening(unpacking: &reader) }) {
      fold(happening)
    }
  }

  public var submission: Submission {
    Submission(
      id: id, owner: owner, spec: spec.digest, urgency: submittedUrgency, priority: submittedPriority, flags: flags,
      awaits: awaits, within: within, copy: copy)
  }
}

extension Allocation {
  fileprivate func expiring(_ time: Timestamp?) -> Allocation {
    Allocation(version: version, grants: grants, expiration: time)
  }
}
