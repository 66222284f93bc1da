import Jobs
public import Persistent
public import ResourceGraph
public import Scheduling
public import Vocabulary

/// A running job with steps: an instance inside the instance, as far as scheduling goes.
///
/// Steps have a queue of their own and share nothing but what their job holds; what they hold is not taken of the
/// graph a second time.
public struct Enclosure: Sendable {
  /// What the job holds, and what of it its steps hold.
  public internal(set) var confinement: Confinement
  /// Those that are active.
  public internal(set) var steps = SortedSet<JobID>()
  /// Those that an execution may know of: they hold something.
  public internal(set) var executing = SortedSet<JobID>()
  /// Those that wait or run and nothing has told to end.
  public internal(set) var unended = SortedSet<JobID>()
  /// Waiting ones that may start, best first.
  public internal(set) var queue = SortedSet<QueueKey>()

  /// Jobspecs of steps that could be met, so that copies need not be asked about again.
  private var admitted: Set<Digest> = []

  init(confinement: Confinement) { self.confinement = confinement }

  func hasAdmitted(_ spec: Digest) -> Bool { admitted.contains(spec) }

  mutating func admit(_ spec: Digest) {
    if admitted.count >= BrokerLimits.admittedSpecs { admitted.removeAll() }
    admitted.insert(spec)
  }

  mutating func replace(_ confinement: Confinement) {
    self.confinement = confinement
    admitted.removeAll()
  }

  /// Whoever does not fit holds back those behind it only where it would start later for them.
  static let rules = QueueRules(name: "", policy: .easy)
}
