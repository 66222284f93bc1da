public import Jobs
public import Persistent
public import ResourceGraph
public import Vocabulary

/// All that a plan depends on: a value, so that the same problem always has the same plan.
public struct SchedulingProblem: Sendable {
  public var now: Timestamp
  /// Waiting jobs that may start, best first.
  public var queue: SortedSet<QueueKey>
  public var jobs: SortedMap<JobID, Job>
  /// Jobs that hold resources now; with `others`, all that `graph` says is held.
  public var holding: SortedSet<JobID>
  /// What is held apart from jobs.
  public var others: [Allocation]
  /// What is promised apart from jobs, for a time to come.
  public var promises: [Promise]
  public var graph: ResourceGraph
  /// The same with nothing held.
  public var emptyGraph: ResourceGraph
  /// Of the state that the problem was made from; the plan carries it back.
  public var origin: UInt64
  public var queues: SortedMap<String, QueueRules>
  /// For jobs that name no queue, or one that there is not.
  public var defaultRules: QueueRules
  /// At most `SchedulingLimits.maintenanceWindows`.
  public var maintenance: [MaintenanceWindow]
  public var preemption: PreemptionPolicy

  public init(
    now: Timestamp, queue: SortedSet<QueueKey>, jobs: SortedMap<JobID, Job>, holding: SortedSet<JobID>,
    others: [Allocation] = [], promises: [Promise] = [], graph: ResourceGraph, emptyGraph: ResourceGraph,
    origin: UInt64,
    queues: SortedMap<String, QueueRules> = SortedMap(), defaultRules: QueueRules = QueueRules(name: ""),
    maintenance: [MaintenanceWindow] = [], preemption: PreemptionPolicy = .off
  ) {
    precondition(maintenance.count <= SchedulingLimits.maintenanceWindows, "windows are within their limit")
    self.now = now
    self.queue = queue
    self.jobs = jobs
    self.holding = holding
    self.others = others
    self.promises = promises
    self.graph = graph
    self.emptyGraph = emptyGraph
    self.origin = origin
    self.queues = queues
    self.defaultRules = defaultRules
    self.maintenance = maintenance
    self.preemption = preemption
  }
}
