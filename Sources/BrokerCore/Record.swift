public import Jobs
public import KeyValues
public import ResourceGraph
public import Scheduling
public import Vocabulary

/// One fact of the log.
///
/// The header — position, time, who, for whom, on whose request, because of what — is what audit, tenancy and
/// stream filters live on. The epoch is the log's, not each record's.
public struct Record: Sendable {
  /// Of its first event; the next record begins `width` later.
  public let seq: UInt64
  public let at: Timestamp
  public let attribution: Attribution
  /// Whom the subject belongs to: who may see this record.
  public let owner: Principal
  /// The record that made this one necessary; 0: a command from outside.
  public let causeSeq: UInt64
  public let body: RecordBody

  public init(
    seq: UInt64, at: Timestamp, attribution: Attribution, owner: Principal, causeSeq: UInt64, body: RecordBody
  ) {
    self.seq = seq
    self.at = at
    self.attribution = attribution
    self.owner = owner
    self.causeSeq = causeSeq
    self.body = body
  }
}

/// What a record states.
///
/// Version rule: a kind's packed form never changes; a new form is a new kind number (`Record+Packed`). An
/// unknown kind refuses the start and names its position.
public enum RecordBody: Sendable {
  /// A broker process took over the log.
  case brokerStarted(incarnation: UInt64, version: String)
  case resourcesDefined(ResourceInventory)
  /// A jobspec that following submissions name by digest.
  case jobspecStored(StoredJobspec)
  case jobSubmitted(Submission)
  case jobHappened(JobID, JobEvent)
  /// Every process of the attempt was sent a signal.
  case jobSignalled(AttemptID, signal: Int32)
  /// The result of a waitable job was handed to who waited for it.
  case resultCollected(JobID)
  case tokenIssued(Token)
  case tokenRevoked(id: String, digest: Digest)
  case answerKept(KeptAnswer)
  /// Answers older than this are forgotten.
  case answersForgotten(before: Timestamp)
  case operationBegun(Operation)
  case operationAdvanced(id: UInt64, cursor: JobID, changed: UInt64)
  case operationEnded(id: UInt64)
  /// A shepherd joined; `known` are the attempts it remembers.
  case shepherdJoined(incarnation: UInt64, known: [AttemptID])
  case namespaceCreated(NamespaceCreation)
  case namespaceChanged(NamespaceID, description: String, quota: NamespaceQuota)
  case namespaceRemoved(NamespaceID)
  /// A commit: its position is the revision.
  case keysChanged(NamespaceID, [Change])
  /// What was before the state that `before` reads is not kept any longer.
  case keysCompacted(NamespaceID, before: UInt64)
  case fenceJoined(FenceArrival)
  case fenceEnded(FenceID, FenceOutcome)
  /// Rounds that ended before this are forgotten.
  case fencesForgotten(before: Timestamp)
  /// From here on messages of a topic of the record's owner are in the log.
  case topicDeclared(topic: String)
  case topicRemoved(topic: String)
  case messagePublished(topic: String, mediaType: String, payload: [UInt8])
  /// All changes of one mutation.
  case graphChanged([GraphChange])
  /// These vertices go when nothing there is held.
  case removalsAwaited([VertexID])
  case allocated(HeldAllocation)
  /// Becomes an allocation of the same number.
  case reserved(Reservation)
  /// What was held, or reserved, is given back.
  case deallocated(UInt64)
  case queueDefined(QueueRules)
  case queueRemoved(String)
  case maintenanceDefined(MaintenanceWindow)
  case maintenanceRemoved(String)
  case preemptionSet(PreemptionPolicy)
  /// The archive holds these ended jobs no longer.
  case jobsPurged([JobID])
  /// The instance's programs around jobs, from here on.
  case programsDefined(SitePrograms)
  case housekeepingBegun(Housekeeping)
  case housekeepingEnded(AttemptID, waitStatus: Int32)
  /// A whole graph, of any form.
  case resourcesDescribed(GraphDocument)

  /// Whether the graph is another one, or another version, from here on.
  public var changesGraph: Bool {
    switch self {
    case .resourcesDefined, .resourcesDescribed, .graphChanged: true
    default: false
    }
  }

  /// How many places it takes in the log's numbering: one an event that a stream may deliver.
  public var width: UInt64 {
    switch self {
    case .jobSubmitted(let submission): submission.width
    case .jobHappened(_, let event): event.width
    default: 1
    }
  }

  public var name: String {
    switch self {
    case .brokerStarted: "broker-started"
    case .resourcesDefined: "resources-defined"
    case .jobspecStored: "jobspec-stored"
    case .jobSubmitted: "job-submitted"
    case .jobHappened: "job-happened"
    case .jobSignalled: "job-signalled"
    case .resultCollected: "result-collected"
    case .tokenIssued: "token-issued"
    case .tokenRevoked: "token-revoked"
    case .answerKept: "answer-kept"
    case .answersForgotten: "answers-forgotten"
    case .operationBegun: "operation-begun"
    case .operationAdvanced: "operation-advanced"
    case .operationEnded: "operation-ended"
    case .shepherdJoined: "shepherd-joined"
    case .namespaceCreated: "namespace-created"
    case .namespaceChanged: "namespace-changed"
    case .namespaceRemoved: "namespace-removed"
    case .keysChanged: "keys-changed"
    case .keysCompacted: "keys-compacted"
    case .fenceJoined: "fence-joined"
    case .fenceEnded: "fence-ended"
    case .fencesForgotten: "fences-forgotten"
    case .topicDeclared: "topic-declared"
    case .topicRemoved: "topic-removed"
    case .messagePublished: "message-published"
    case .graphChanged: "graph-changed"
    case .removalsAwaited: "removals-awaited"
    case .allocated: "allocated"
    case .reserved: "reserved"
    case .deallocated: "deallocated"
    case .queueDefined: "queue-defined"
    case .queueRemoved: "queue-removed"
    case .maintenanceDefined: "maintenance-defined"
    case .maintenanceRemoved: "maintenance-removed"
    case .preemptionSet: "preemption-set"
    case .resourcesDescribed: "resources-described"
    case .jobsPurged: "jobs-purged"
    case .programsDefined: "programs-defined"
    case .housekeepingBegun: "housekeeping-begun"
    case .housekeepingEnded: "housekeeping-ended"
    }
  }

  public var job: JobID? {
    switch self {
    case .jobSubmitted(let submission): submission.id
    case .jobHappened(let id, _): id
    default: nil
    }
  }
}
