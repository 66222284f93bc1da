public import Jobs
public import Jobspec
public import KeyValues
public import ResourceGraph
public import Scheduling
public import Vocabulary

/// Everything that can be asked of the core, from any source.
public enum Command: Sendable {
  // Admission: from callers; bounded.
  case submit(SubmitCommand)
  case act(JobAction, on: JobID)
  case actMatching(JobAction, JobFilter)
  case update(JobID, JobUpdate)
  /// The result of a waitable job of the caller: this one's, or of any that has ended. With a key it is given again.
  case collectResult(of: JobID?, idempotency: IdempotencyKey?)
  case issueToken(TokenRequest)
  case revokeToken(id: String)
  case createNamespace(NamespaceCreation)
  case changeNamespace(NamespaceID, description: String?, quota: NamespaceQuota?)
  case removeNamespace(NamespaceID)
  case transact(NamespaceID, Transaction)
  case joinFence(FenceArrival)
  case declareTopic(OwnedTopic)
  case undeclareTopic(OwnedTopic)
  case publish(PublishCommand)
  case mutate(GraphMutation)
  case allocate(AllocationRequest)
  case reserve(ReservationRequest)
  case deallocate(UInt64)
  case resize(JobID, JobResize)
  /// `replacing` is what the caller has seen; `nil`: there is none yet.
  case defineQueue(QueueRules, replacing: QueueRules?)
  case removeQueue(String)
  case defineMaintenance(MaintenanceWindow)
  case removeMaintenance(String)
  case setPreemption(PreemptionPolicy)
  /// Ended jobs, which are in the archive.
  case purge([JobID])

  // Internal: from the broker's own parts; never refused.
  case brokerStarted(incarnation: UInt64, version: String)
  case defineResources(ResourceInventory)
  case describeResources(GraphDocument)
  case definePrograms(SitePrograms)
  case report(ExecutionReport)
  case plan(Plan)
  case advanceOperations
  /// Something came about that jobs wait for, or that ends steps.
  case settle
  case tick
}

/// One request's submissions; each is accepted or refused by itself.
public struct SubmitCommand: Sendable {
  /// So many at most: with their jobspecs they stay under the records of one batch.
  public static let maximumItems = 1_000

  public struct Item: Sendable {
    public let spec: StoredJobspec
    public let urgency: UInt8
    public let flags: SubmissionFlags
    public let lookup: DependencyLookup
    /// What it waits for besides the dependencies of its jobspec.
    public let places: [Dependency]
    /// The running job on whose resources it is to run.
    public let within: JobID?
    /// Which of the copies of one submission it is.
    public var copy: Int?

    public init(
      spec: StoredJobspec, urgency: UInt8, flags: SubmissionFlags, lookup: DependencyLookup = .none,
      places: [Dependency] = [], within: JobID? = nil, copy: Int? = nil
    ) {
      self.copy = copy
      self.within = within
      self.lookup = lookup
      self.places = places
      self.spec = spec
      self.urgency = urgency
      self.flags = flags
    }

    /// The same with targets of its dependencies that had ended when the log stood at `seq`.
    public func knowing(_ ended: [EndedJob], at seq: UInt64) -> Item {
      Item(
        spec: spec, urgency: urgency, flags: flags,
        lookup: DependencyLookup(place: lookup.place, seq: seq, ended: ended), places: places,
        within: within, copy: copy)
    }
  }

  public let items: [Item]
  public let idempotency: IdempotencyKey?
  /// Nothing is submitted unless everything is.
  public let isAtomic: Bool

  public init(items: [Item], idempotency: IdempotencyKey?, isAtomic: Bool) {
    precondition(items.count <= Self.maximumItems)
    self.items = items
    self.idempotency = idempotency
    self.isAtomic = isAtomic
  }
}

/// A token to be issued. The secret stays with the shell, which keeps only its digest too.
public struct TokenRequest: Sendable {
  public let id: String
  public let digest: Digest
  public let user: String
  /// The number that the host knows the user by, if it does.
  public let suggestedUserID: UInt32?
  public let role: Role
  /// `nil`: never expires.
  public let lifetime: TimeSpan?
  public let note: String

  public init(
    id: String, digest: Digest, user: String, suggestedUserID: UInt32?, role: Role, lifetime: TimeSpan?, note: String
  ) {
    self.id = id
    self.digest = digest
    self.user = user
    self.suggestedUserID = suggestedUserID
    self.role = role
    self.lifetime = lifetime
    self.note = note
  }
}

/// What a command came to, once its records are durable.
public enum Answer: Sendable, Equatable {
  case done
  case tokenIssued(Token)
  /// Where the message is in the log; `nil` when its topic is not durable and nothing was recorded.
  case published(seq: UInt64?)
  /// One outcome an item. `isRepeat`: the answer to an earlier request with the same idempotency key.
  case submitted([SubmissionOutcome], isRepeat: Bool)
  case operation(id: UInt64, changed: UInt64, isComplete: Bool)
  case transacted(TransactionAnswer)
  case fence(FenceAnswer)
  /// `nil`: what is waited for has not ended yet.
  case collected(WaitResult?, isRepeat: Bool)
  case graphMutated(GraphAnswer)
  case allocated(HeldAllocation)
  case reserved(Reservation)
  case resized(Allocation)
}

/// What a command leads to: records to commit, then the answer.
public struct Decision: Sendable {
  public var records: [Record]
  public var answer: Answer
}
