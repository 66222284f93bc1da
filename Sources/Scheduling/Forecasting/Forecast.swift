public import Jobs
public import Vocabulary

/// What would happen: the real policies in virtual time, on a copy of the state.
///
/// Jobs end when their time is up, those without a limit when the caller assumes it; allocations apart from jobs end
/// with their time, or stay; nothing fails, nobody is preempted, and nobody submits but those who are named. So it is
/// no promise, but the same question always has the same answer.
public struct Forecast: Sendable {
  /// Jobs that wait already, in the order of the queue.
  public let waiting: [Course]
  /// In the order in which they were given.
  public let hypothetical: [Course]
  /// From now until the last of those has ended that do end.
  public let makespan: TimeSpan
  /// Through the makespan, by ascending type.
  public let utilisation: [Utilisation]
  /// Why it ends too early; `nil`: all there is to tell is told.
  public let cut: Cut?

  /// A job that does not exist.
  public struct Hypothesis: Sendable {
    public let spec: StoredJobspec
    public let owner: Principal
    public let priority: UInt32
    /// How long after now it is submitted.
    public let delay: TimeSpan

    public init(spec: StoredJobspec, owner: Principal, priority: UInt32, delay: TimeSpan = .zero) {
      self.spec = spec
      self.owner = owner
      self.priority = priority
      self.delay = delay
    }
  }

  /// What becomes of one job.
  public struct Course: Sendable, Equatable {
    /// Of a hypothetical job: one that no job has yet.
    public let job: JobID
    /// `nil`: not as far as was looked.
    public internal(set) var start: Timestamp?
    public internal(set) var end: Timestamp?
    /// Ranks.
    public internal(set) var hosts = Idset()
    /// Of one that does not start: what it waits for in the end, where that was found out.
    public internal(set) var reason: String?
  }

  public struct Utilisation: Sendable, Equatable {
    public let type: String
    /// Held, of what could be given out; 0 to 1.
    public let share: Double
  }

  public enum Cut: String, Sendable {
    /// Not all waiting jobs were taken along.
    case jobs
    /// More moments at which something ends or begins than were allowed.
    case events
  }

  public struct Options: Sendable {
    /// How long jobs without a time limit run.
    public var assumedDuration: TimeSpan
    /// Waiting jobs that are taken along, the first in the order of the queue. A plan for each event looks at all.
    public var jobLimit = 10_000
    /// Moments that are planned for.
    public var eventLimit = 10_000

    public init(assumedDuration: TimeSpan) {
      precondition(assumedDuration > .zero, "jobs take time")
      self.assumedDuration = assumedDuration
    }
  }

  public init(of problem: SchedulingProblem, adding hypotheses: [Hypothesis] = [], options: Options) {
    var simulation = Simulation(problem, hypotheses, options)
    simulation.run()
    self = simulation.forecast
  }

  init(
    waiting: [Course], hypothetical: [Course], makespan: TimeSpan, utilisation: [Utilisation], cut: Cut?
  ) {
    self.waiting = waiting
    self.hypothetical = hypothetical
    self.makespan = makespan
    self.utilisation = utilisation
    self.cut = cut
  }
}
