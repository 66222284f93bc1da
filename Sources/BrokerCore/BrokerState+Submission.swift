import Jobs
import Jobspec
import Persistent
import ResourceGraph
import Vocabulary

extension BrokerState {
  /// Moments from which FLUIDs count: 2026-01-01T00:00:00Z.
  /// - Source: Flux RFC 19 leaves the epoch to the instance; 40 bits of milliseconds reach to 2060.
  public static let fluidEpochMilliseconds: Int64 = 1_767_225_600_000

  func decideSubmission(
    _ command: SubmitCommand, by attribution: Attribution, at now: Timestamp, _ builder: inout RecordBuilder
  ) throws(Refusal) -> Decision {
    let owner = attribution.principal
    if let key = command.idempotency, case .submissions(let outcomes) = try keptAnswer(to: key, by: owner) {
      return Decision(records: [], answer: .submitted(outcomes, isRepeat: true))
    }
    builder.reserve(command.items.count + 2)
    var outcomes: [SubmissionOutcome] = []
    outcomes.reserveCapacity(command.items.count)
    var batch = SubmissionBatch(state: self, owner: owner, at: now)
    for item in command.items {
      if let refusal = batch.add(item, by: attribution, at: now, &builder) {
        // Whoever tries again is to be answered anew.
        if refusal == .lookupOutdated { throw refusal }
        if command.isAtomic || command.items.count == 1 { throw refusal }
        outcomes.append(.refused(refusal))
      } else {
        outcomes.append(.accepted(batch.lastID))
      }
    }
    if let key = command.idempotency {
      builder.add(
        .answerKept(KeptAnswer(key: key, owner: owner, at: now, .submissions(outcomes))), owner: owner)
    }
    return builder.decision(.submitted(outcomes, isRepeat: false))
  }

  /// What was answered to a request with this key.
  ///
  /// - Throws: when it was another request, or when no more answers are kept for its sender.
  func keptAnswer(to key: IdempotencyKey, by owner: Principal) throws(Refusal) -> KeptAnswer.Content? {
    if let kept = answers[key.scope] {
      guard kept.key.body == key.body else { throw .idempotencyMismatch }
      return kept.content
    }
    guard answerCounts[owner.userID] ?? 0 < BrokerLimits.keptAnswersPerUser else {
      throw .tooManyIdempotencyKeys(limit: BrokerLimits.keptAnswersPerUser)
    }
    return nil
  }
}

/// What a request's submissions share while they are decided one after the other.
private struct SubmissionBatch {
  let state: BrokerState
  let owner: Principal
  let milliseconds: UInt64
  var lastID: JobID
  var activeCount: Int
  var waitableCount: Int
  var newSpecs: Set<Digest> = []
  /// Of the jobs within which steps are submitted.
  var confinements: [JobID: Confinement] = [:]
  /// Why what they ask for could never be there; `nil`: it could.
  var enclosedOutcomes: [EnclosedRequest: Refusal?] = [:]

  struct EnclosedRequest: Hashable {
    let enclosing: JobID
    let spec: Digest
  }

  init(state: BrokerState, owner: Principal, at now: Timestamp) {
    self.state = state
    self.owner = owner
    milliseconds = UInt64(max(0, now.microseconds / 1_000 - BrokerState.fluidEpochMilliseconds))
    lastID = state.lastJobID
    waitableCount = state.waitables.count(of: owner.userID)
    activeCount = state.activeCounts[owner.userID] ?? 0
  }

  /// - Returns: why the item is refused; `nil` when it was added as `lastID`.
  mutating func add(
    _ item: SubmitCommand.Item, by attribution: Attribution, at now: Timestamp, _ builder: inout RecordBuilder
  ) -> Refusal? {
    guard activeCount < BrokerLimits.activeJobsPerUser else {
      return .tooManyActiveJobs(limit: BrokerLimits.activeJobsPerUser)
    }
    let isNew = isNew(item.spec)
    if let refusal = refusal(of: item, isNew: isNew) { return refusal }
    let isWaitable = item.flags.contains(.waitable)
    guard !isWaitable || waitableCount < BrokerLimits.waitablesPerUser else {
      return .tooManyWaitables(limit: BrokerLimits.waitablesPerUser)
    }
    let awaits: [Dependency]
    do throws(Refusal) { awaits = try state.awaited(by: item, for: attribution, at: now) } catch { return error }
    if isNew {
      newSpecs.insert(item.spec.digest)
      builder.add(.jobspecStored(item.spec), owner: owner)
    }
    lastID = lastID.next(atLeast: milliseconds, generator: 0)
    activeCount += 1
    if isWaitable { waitableCount += 1 }
    let submission = Submission(
      id: lastID, owner: owner, spec: item.spec.digest, urgency: item.urgency,
      priority: state.priority(in: item.spec.jobspec.queue, isStep: item.within != nil, urgency: item.urgency),
      flags: item.flags, awaits: awaits, within: item.within, copy: item.copy)
    builder.add(.jobSubmitted(submission), owner: owner)
    return nil
  }

  private func isNew(_ spec: StoredJobspec) -> Bool {
    state.jobspecs[spec.digest] == nil && !newSpecs.contains(spec.digest)
  }

  /// Why nothing could ever take it.
  ///
  /// - Parameter isNew: nobody else asks for the same.
  private mutating func refusal(of item: SubmitCommand.Item, isNew: Bool) -> Refusal? {
    let jobspec = item.spec.jobspec
    guard let enclosing = item.within else {
      if let refusal = state.queueRefusal(of: jobspec) { return refusal }
      // Whoever else asks for the same was not refused either.
      return isNew ? state.emptyGraph?.shortage(for: jobspec).map { .unsatisfiable($0) } : nil
    }
    do throws(Refusal) {
      if confinements[enclosing] == nil {
        confinements[enclosing] = try state.confinement(in: enclosing, for: owner)
      }
    } catch {
      return error
    }
    if state.enclosures[enclosing]?.hasAdmitted(item.spec.digest) == true { return nil }
    let request = EnclosedRequest(enclosing: enclosing, spec: item.spec.digest)
    if let known = enclosedOutcomes[request] { return known }
    let refusal = confinements[enclosing].flatMap { state.refusal(of: jobspec, in: $0) }
    enclosedOutcomes[request] = .some(refusal)
    return refusal
  }
}
