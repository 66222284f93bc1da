public import Jobs
public import KeyValues
public import Persistent
public import ResourceGraph
public import Scheduling
public import Vocabulary

/// Everything the broker knows: a value, changed by `fold` alone.
///
/// Copying it is cheap, so the last committed state is what readers, the planner and snapshots look at.
public struct BrokerState: Sendable {
  /// Numbering of the log: which history this is.
  public internal(set) var epoch: UInt32
  /// Where the next record begins.
  public internal(set) var nextSeq: UInt64 = 1
  /// The newest id ever given; ids never repeat, whatever the clock does.
  public internal(set) var lastJobID = JobID(0)
  /// Active jobs; ended ones live in the archive.
  public internal(set) var jobs = SortedMap<JobID, Job>()
  /// Waiting jobs that may start, best first; those of steps are with the job that encloses them.
  public internal(set) var queue = SortedSet<QueueKey>()
  /// Jobs that an execution may know of.
  public internal(set) var executing = SortedSet<JobID>()
  /// Those of them that hold resources of the instance: all but steps.
  public internal(set) var holding = SortedSet<JobID>()
  /// Running jobs that have, or had, steps.
  public internal(set) var enclosures = SortedMap<JobID, Enclosure>()
  /// Those whose steps are to be ended, or that go on because they have no more.
  var unsettledEnclosures = SortedSet<JobID>()
  public internal(set) var jobsByOwner = SortedSet<OwnedJob>()
  public internal(set) var activeCounts = SortedMap<UInt32, Int>()
  /// Who waits for what, and who is to be told.
  var dependencies = DependencyIndex()
  /// Jobs whose results somebody may wait for.
  var waitables = Waitables()
  var latelyEnded = LatelyEnded(since: 0)
  public internal(set) var graph: ResourceGraph?
  /// What the graph was first made of.
  public internal(set) var inventory: ResourceInventory?
  /// The same, where it was more than an inventory.
  public internal(set) var description: GraphDocument?
  /// Of the record that first made the graph: vertices of another one have other numbers.
  public internal(set) var graphOrigin: UInt64 = 0
  /// The graph with nothing held and everything up: what requests could ever be met with.
  public internal(set) var emptyGraph: ResourceGraph?
  /// Vertices that are removed as soon as nothing there is held.
  public internal(set) var departures = SortedSet<VertexID>()
  /// What is held for others than jobs.
  public internal(set) var allocations = SortedMap<UInt64, HeldAllocation>()
  /// What will be, as soon as its time has come and it is free.
  public internal(set) var reservations = SortedMap<UInt64, Reservation>()
  /// What jobs gave back, and programs look after before anybody else gets it.
  public internal(set) var housekeeping = SortedMap<AttemptID, Housekeeping>()
  public internal(set) var programs = SitePrograms()
  /// By name; the empty one's rules hold for jobs that name no queue.
  public internal(set) var queues = SortedMap<String, QueueRules>()
  public internal(set) var maintenance = SortedMap<String, MaintenanceWindow>()
  public internal(set) var preemption = PreemptionPolicy.off
  /// Active jobs that are in another queue than they were submitted to.
  var movedCount = 0
  /// Jobspecs of active jobs, each once.
  public internal(set) var jobspecs = SortedMap<Digest, JobspecUse>()
  public internal(set) var tokens = SortedMap<Digest, Token>()
  /// Everybody who was ever given a token, by name.
  public internal(set) var users = SortedMap<String, Principal>()
  public internal(set) var tokenDigests = SortedMap<String, Digest>()
  public internal(set) var answers = SortedMap<Digest, KeptAnswer>()
  public internal(set) var answersByAge = SortedSet<AgedAnswer>()
  public internal(set) var answerCounts = SortedMap<UInt32, Int>()
  var keptResults = KeptResults()
  public internal(set) var operations = SortedMap<UInt64, Operation>()
  /// The shepherd that runs this instance's attempts; `nil` until the first joined.
  public internal(set) var shepherd: UInt64?
  /// Whether a shepherd joined since this broker process started. Until then nothing real is allocated: what
  /// was allocated under an earlier shepherd may have run, and is told apart by coming before it joined.
  public internal(set) var isShepherdKnown = false
  public internal(set) var keyValues = KeyValueStore()
  /// Every job that ever ended, by result: for metrics.
  public internal(set) var endedCounts = SortedMap<UInt8, UInt64>()
  /// Of those, the jobs that the archive forgot.
  public internal(set) var purgedCount: UInt64 = 0
  /// Topics whose messages are in the log.
  public internal(set) var durableTopics = SortedMap<DurableTopic.Key, DurableTopic>()

  public init(epoch: UInt32) { self.epoch = epoch }

  /// Computes the digests that changes left open; once a batch, before readers see the state. Derived, never logged.
  public mutating func seal(using digest: DigestFunction) { keyValues.seal(using: digest) }

  /// Computes every digest of a restored state, and compares those that its snapshot names.
  public mutating func checkRestored(using digest: DigestFunction) throws(PackedError) {
    try keyValues.checkRestored(using: digest)
  }

  public var position: Position { Position(epoch: epoch, seq: nextSeq - 1) }

  /// A jobspec and how many active jobs use it.
  public struct JobspecUse: Sendable {
    public let spec: StoredJobspec
    public internal(set) var count: Int
  }

  public struct OwnedJob: Hashable, Comparable, Sendable {
    public let userID: UInt32
    public let job: JobID

    public init(userID: UInt32, job: JobID) {
      self.userID = userID
      self.job = job
    }

    public static func < (a: Self, b: Self) -> Bool {
      a.userID != b.userID ? a.userID < b.userID : a.job < b.job
    }
  }

  public struct AgedAnswer: Hashable, Comparable, Sendable {
    let at: Timestamp
    let scope: Digest

    public static func < (a: Self, b: Self) -> Bool { a.at != b.at ? a.at < b.at : a.scope < b.scope }
  }
}

/// Limits of the core; `GET /v1/limits` shows those that callers meet.
public enum BrokerLimits {
  /// Records that one command may yield in one batch (DESIGN: no command runs long).
  public static let recordsPerCommand = 2_048
  /// Active jobs of one user.
  public static let activeJobsPerUser = 5_000_000
  /// Waitable jobs of one user, active or with a result that nobody collected.
  public static let waitablesPerUser = 1_000_000
  /// Memo of one job, as JSON text.
  public static let memoBytes = 16 << 10
  /// Events of one job, from which on its owner adds none: its history is in memory while it is active.
  public static let eventsPerJob = 4_096
  /// Kept answers of one user: at 2.5 million, 24 h of 29 keyed requests a second.
  public static let keptAnswersPerUser = 2_500_000
  public static let keptAnswerLifetime = TimeSpan.seconds(24 * 3_600)
  /// Of the kept answers of one user, those that are results of waitable jobs: older ones go.
  public static let keptResultsPerUser = 10_000
  public static let tokens = 10_000
  public static let operations = 64
  /// Jobs that one step of an operation looks at.
  public static let candidatesPerStep = 20_000
  /// Placements in one plan: each is one record.
  public static let placementsPerPlan = 1_024
  public static let queues = 1_000
  /// Jobs that one command takes out of the archive.
  public static let purgedPerCommand = 1_024
  /// Jobs that one mutation of the graph may tell to leave.
  public static let evictionsPerCommand = 1_500
  /// Steps within steps.
  public static let stepDepth = 8
  /// Jobs whose waiting steps one plan looks at.
  public static let enclosuresPerPlan = 256
  /// Jobspecs of steps that are remembered for each job with steps.
  public static let admittedSpecs = 4_096
  /// Vertices on their way out that one tick removes, and expired allocations that it releases.
  public static let departuresPerTick = 1_024
  public static let expirationsPerTick = 512
  /// Resources held apart from jobs.
  public static let allocations = 10_000
  /// Resources reserved apart from jobs: every plan looks at all of them.
  public static let reservations = 256
  public static let namespacesPerUser = 100_000
  /// Keys and values of all namespaces together, history left out.
  public static let keyValueBytes = 8 << 30
  /// How long a job's namespace outlives the job.
  public static let jobNamespaceLifetime = TimeSpan.seconds(7 * 86_400)
  /// Namespaces and fences that one tick tends.
  public static let namespacesPerTick = 256
  /// Participants of one fence or barrier.
  public static let fenceParticipants = 100_000
  /// Operations of all participants of a fence: one commit.
  public static let changesPerFence = 4_096
  /// Keys and values of all participants of a fence, and of all fences under way.
  public static let bytesPerFence = 16 << 20
  public static let fenceBytes = 256 << 20
  /// Fences and barriers under way.
  public static let fenceRounds = 10_000
  /// After this long without an arrival a round is dropped.
  public static let fenceRoundLifetime = TimeSpan.seconds(3_600)
  /// How long a participant may ask again for what a round came to.
  public static let fenceMemoryLifetime = TimeSpan.seconds(600)
  /// Of one stream that a job writes: what a loop that went mad writes in seconds, and more than anybody reads. A job
  /// may ask for less, by `output.limit`; what it writes to files of its own is not ours to bound.
  public static let outputBytes: Int64 = 8 << 30
  /// Between SIGTERM and SIGKILL.
  public static let terminationGrace = TimeSpan.seconds(5)
}
