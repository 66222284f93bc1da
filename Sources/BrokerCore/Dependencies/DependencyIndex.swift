import Jobs
import Jobspec
import Persistent
import Vocabulary

/// Who waits for what, by what is waited for; and what has come about but was not told to those who wait.
///
/// Every event of a job costs as much as there are jobs that wait for it. Telling is not done where the event is
/// decided but by `Command.settle`, a bounded step at a time: a million jobs may wait for one.
///
/// All of it follows from the active jobs, but for `ended`: the targets are in the archive by then.
struct DependencyIndex: Sendable, Equatable {
  /// Waiting for another job to start, and for one to end.
  private(set) var starts = SortedSet<Edge>()
  private(set) var ends = SortedSet<Edge>()
  private(set) var appointments = SortedSet<Appointment>()
  /// Waiting to be the oldest of their name.
  private(set) var singletons = SortedSet<NamedJob>()
  /// Active jobs with a name of their own.
  private(set) var namesakes = SortedSet<NamedJob>()
  /// Waiting for a place among the copies of a submission, and how many of these have one.
  private(set) var places = SortedSet<Place>()
  private(set) var placed = SortedMap<UInt64, UInt32>()

  // What is to be told.
  private(set) var started = SortedSet<JobID>()
  private(set) var ended = SortedMap<JobID, JobFate>()
  private(set) var freeNames = SortedSet<Name>()
  private(set) var freeGroups = SortedSet<UInt64>()

  struct Edge: Hashable, Comparable, Sendable {
    let target: JobID
    let dependent: JobID

    static func < (a: Self, b: Self) -> Bool {
      a.target != b.target ? a.target < b.target : a.dependent < b.dependent
    }
  }

  struct Appointment: Hashable, Comparable, Sendable {
    let at: Timestamp
    let job: JobID

    static func < (a: Self, b: Self) -> Bool { a.at != b.at ? a.at < b.at : a.job < b.job }
  }

  struct Name: Hashable, Comparable, Sendable {
    let userID: UInt32
    let name: String

    static func < (a: Self, b: Self) -> Bool { a.userID != b.userID ? a.userID < b.userID : a.name < b.name }
  }

  struct NamedJob: Hashable, Comparable, Sendable {
    let name: Name
    let job: JobID

    static func < (a: Self, b: Self) -> Bool { a.name != b.name ? a.name < b.name : a.job < b.job }
  }

  struct Place: Hashable, Comparable, Sendable {
    let group: UInt64
    let job: JobID
    let limit: UInt32

    static func < (a: Self, b: Self) -> Bool { a.group != b.group ? a.group < b.group : a.job < b.job }
  }

  var isSettled: Bool { started.isEmpty && ended.isEmpty && freeNames.isEmpty && freeGroups.isEmpty }

  func hasAppointment(before now: Timestamp) -> Bool { appointments.first.map { $0.at <= now } ?? false }

  // MARK: Jobs come, change and go

  mutating func add(_ job: Job) {
    for dependency in job.unmet { hold(job, for: dependency) }
    if let name = Name(of: job) {
      namesakes.insert(NamedJob(name: name, job: job.id))
      look(at: name)
    }
    if let group = job.group, !job.unmet.contains(where: \.isPlace) { place(1, in: group) }
  }

  /// - Parameter before: what the job waited for.
  mutating func change(_ before: [Dependency], into job: Job) {
    for dependency in before where !job.unmet.contains(dependency) { release(job, from: dependency) }
    for dependency in job.unmet where !before.contains(dependency) { hold(job, for: dependency) }
  }

  mutating func start(_ target: JobID) {
    if starts.isAwaited(target) { started.insert(target) }
  }

  mutating func end(_ job: Job) {
    started.remove(job.id)
    if isAwaited(job.id) { ended[job.id] = job.fate }
    if let name = Name(of: job) {
      namesakes.remove(NamedJob(name: name, job: job.id))
      look(at: name)
    }
    if let group = job.group { place(-1, in: group) }
  }

  /// From a snapshot.
  mutating func restore(_ target: JobID, _ fate: JobFate) { ended[target] = fate }

  private func isAwaited(_ target: JobID) -> Bool { starts.isAwaited(target) || ends.isAwaited(target) }

  private mutating func hold(_ job: Job, for dependency: Dependency) {
    switch dependency {
    case .after(.start, let target): starts.insert(Edge(target: target, dependent: job.id))
    case .after(_, let target): ends.insert(Edge(target: target, dependent: job.id))
    case .beginTime(let time): appointments.insert(Appointment(at: time, job: job.id))
    case .singleton:
      guard let name = Name(of: job) else { return }
      singletons.insert(NamedJob(name: name, job: job.id))
      look(at: name)
    case .place(let group, let limit):
      places.insert(Place(group: group, job: job.id, limit: limit))
      look(at: group)
    }
  }

  private mutating func release(_ job: Job, from dependency: Dependency) {
    switch dependency {
    case .after(.start, let target):
      starts.remove(Edge(target: target, dependent: job.id))
      if !starts.isAwaited(target) { started.remove(target) }
      if !isAwaited(target) { ended[target] = nil }
    case .after(_, let target):
      ends.remove(Edge(target: target, dependent: job.id))
      if !isAwaited(target) { ended[target] = nil }
    case .beginTime(let time): appointments.remove(Appointment(at: time, job: job.id))
    case .singleton:
      guard let name = Name(of: job) else { return }
      singletons.remove(NamedJob(name: name, job: job.id))
      look(at: name)
    case .place(let group, let limit):
      places.remove(Place(group: group, job: job.id, limit: limit))
      place(1, in: group)
    }
  }

  // MARK: Names and groups

  private mutating func look(at name: Name) {
    if freeSingleton(of: name) != nil { freeNames.insert(name) } else { freeNames.remove(name) }
  }

  /// The oldest of its name, if it waits to be that. Who came later does not matter, so that nobody can wait for it in
  /// a circle.
  func freeSingleton(of name: Name) -> JobID? {
    guard let oldest = namesakes.first(atOrAfter: NamedJob(name: name, job: JobID(0))), oldest.name == name,
      singletons.contains(oldest)
    else { return nil }
    return oldest.job
  }

  private mutating func place(_ change: Int, in group: UInt64) {
    let count = Int(placed[group] ?? 0) + change
    placed[group] = count > 0 ? UInt32(count) : nil
    look(at: group)
  }

  private mutating func look(at group: UInt64) {
    if freePlaces(in: group) > 0 { freeGroups.insert(group) } else { freeGroups.remove(group) }
  }

  /// How many more of the group may go on; 0 when none waits.
  func freePlaces(in group: UInt64) -> Int {
    guard let next = places.first(atOrAfter: Place(group: group, job: JobID(0), limit: 0)), next.group == group else {
      return 0
    }
    return max(0, Int(next.limit) - Int(placed[group] ?? 0))
  }
}

extension DependencyIndex.Name {
  /// `nil` for a job without a name of its own.
  init?(of job: Job) {
    guard let name = job.jobspec.name else { return nil }
    self.init(userID: job.owner.userID, name: name)
  }
}

extension SortedSet<DependencyIndex.Edge> {
  func isAwaited(_ target: JobID) -> Bool {
    first(atOrAfter: DependencyIndex.Edge(target: target, dependent: JobID(0)))?.target == target
  }

  /// Jobs that wait for `target`, the oldest first, until the body has enough.
  func forEachDependent(of target: JobID, _ body: (JobID) -> Bool) {
    forEach(from: DependencyIndex.Edge(target: target, dependent: JobID(0))) { edge in
      edge.target == target && body(edge.dependent)
    }
  }
}

extension Dependency {
  var isPlace: Bool { if case .place = self { true } else { false } }
}

extension Job {
  /// The copies of whose submission it shares places with.
  var group: UInt64? {
    awaits.lazy.compactMap { if case .place(let group, _) = $0 { group } else { nil } }.first
  }
}
