public import Jobs
public import Jobspec
public import ResourceGraph
public import Vocabulary

/// What a queue takes, where its jobs may run, and in what order they get resources.
///
/// Queues share the instance's resources; those that `requires` different ones have them for themselves.
/// - Source: RFC 33, and the keys `policy` and `queues` of flux-config(5).
public struct QueueRules: Hashable, Sendable {
  /// Empty: jobs that name no queue.
  public private(set) var name: String
  /// Whether jobs may be submitted.
  public var isEnabled = true
  public var disableReason: String?
  /// Whether jobs get resources.
  public var isStarted = true
  public var stopReason: String?
  /// Which hosts the queue's jobs may use; `nil`: all.
  public var requires: Constraint?
  public var policy: SchedulingPolicy
  /// Which of many possible resources its jobs get.
  public var matchPolicy = MatchPolicy.first
  public var limits = QueueLimits()
  /// For jobs that do not say how long they run; `nil` and zero: no limit.
  public var defaultDuration: TimeSpan?
  /// What is added to the priority of each of its jobs; who computes priorities adds it.
  public var priority: Int32 = 0

  public init(name: String, policy: SchedulingPolicy = .fcfs) {
    self.name = name
    self.policy = policy
  }

  /// The same under another name.
  public func renamed(_ name: String) -> QueueRules {
    var rules = self
    rules.name = name
    return rules
  }

  /// How long a job of this queue may run; `nil`: for ever.
  public func duration(of jobspec: Jobspec) -> TimeSpan? {
    if jobspec.duration > .zero { return jobspec.duration }
    return defaultDuration.flatMap { $0 > .zero ? $0 : nil }
  }

  /// The same of a job, whose time limit may have been changed since it was submitted.
  public func duration(of job: Job) -> TimeSpan? {
    guard let changed = job.changed.duration else { return duration(of: job.jobspec) }
    return changed > .zero ? changed : nil
  }
}

extension QueueRules {
  /// The last form has a match policy; the one before it had none, and meant `first`.
  public func pack(into writer: inout PackedWriter) {
    writer.write(name)
    writer.write(isEnabled)
    writer.writeOptional(disableReason) { $0.write($1) }
    writer.write(isStarted)
    writer.writeOptional(stopReason) { $0.write($1) }
    writer.writeOptional(requires) { $0.write($1.rendered()) }
    writer.write(policy.text)
    limits.pack(into: &writer)
    writer.writeOptional(defaultDuration) { $0.write($1) }
    writer.write(priority)
    writer.write(matchPolicy.name)
  }

  public init(unpacking reader: inout PackedReader, hasMatchPolicy: Bool) throws(PackedError) {
    name = try reader.readString()
    isEnabled = try reader.readBool()
    disableReason = try reader.readOptional { (reader) throws(PackedError) in try reader.readString() }
    isStarted = try reader.readBool()
    stopReason = try reader.readOptional { (reader) throws(PackedError) in try reader.readString() }
    requires = try reader.readOptional { (reader) throws(PackedError) in try Self.readConstraint(&reader) }
    guard let policy = SchedulingPolicy(try reader.readString()) else {
      throw .invalid("scheduling policy", offset: reader.offset)
    }
    self.policy = policy
    limits = try QueueLimits(unpacking: &reader)
    defaultDuration = try reader.readOptional { (reader) throws(PackedError) in try reader.readTimeSpan() }
    priority = try reader.readInt32()
    guard hasMatchPolicy else { return }
    guard let matchPolicy = MatchPolicy(named: try reader.readString()) else {
      throw .invalid("match policy", offset: reader.offset)
    }
    self.matchPolicy = matchPolicy
  }

  private static func readConstraint(_ reader: inout PackedReader) throws(PackedError) -> Constraint {
    let json = try reader.readJSON()
    do {
      return try Constraint.parse(json)
    } catch {
      throw .invalid("constraint", offset: reader.offset)
    }
  }
}
