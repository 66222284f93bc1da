import BrokerCore
import Jobs
import KeyValues
import Persistent
import Vocabulary

/// What clients of namespaces are told, against the witness.
extension Simulation {
  /// No cryptography, but as good for telling contents apart.
  static let digest: DigestFunction = { message in
    var hash = TraceHash()
    hash.combine(message)
    return Samples.digest(hash.value)
  }

  func completeKeys(_ entry: BrokerProcess.Entry, _ outcome: Result<Answer, Refusal>) {
    switch (entry.command, outcome) {
    case (.transact(let id, let transaction), .success(.transacted(let answer))):
      report.trace.combine(answer.revision)
      if let fault = fault(of: answer, to: transaction, in: id) { expect(false, "\(id.name.text): \(fault)") }
    case (.joinFence(let arrival), .success(.fence(let answer))):
      if let fault = fault(of: answer, to: arrival) { expect(false, "fence \(arrival.fence.name.text): \(fault)") }
    case (.transact, .failure(.transaction(let refusal))):
      report.trace.combine("\(refusal.reason)")
      switch refusal.reason {
      case .tooManyKeys, .tooManyBytes: keyWitness.tally.overQuota += 1
      default: break
      }
    case (.createNamespace, .failure(.namespaceExists)), (.createNamespace, .failure(.revisionGone)),
      (.createNamespace, .failure(.forbidden)), (.createNamespace, .failure(.quotaExceeded)),
      (.joinFence, .failure(.fenceMismatch)), (.joinFence, .failure(.transaction)):
      break
    case (_, .failure(.unknownNamespace)), (_, .success(.done)): break
    default: expect(false, "\(entry.command) came to \(outcome)")
    }
  }

  /// A commit that was acknowledged is in the log, and its comparisons held in the state before it.
  private func fault(of answer: TransactionAnswer, to transaction: Transaction, in id: NamespaceID) -> String? {
    let isCommit = !answer.verdict.changes.isEmpty
    var base: [String: NamespaceWitness.Entry] = [:]
    if let namespace = keyWitness.namespaces[id] {
      // Removed and made anew in the same batch.
      guard answer.revision == 0 || answer.revision >= namespace.createdSeq else { return nil }
      if isCommit, !namespace.hasCommit(answer.revision) { return "the commit \(answer.revision) is not in the log" }
      let state = isCommit ? namespace.state(before: answer.revision) : namespace.state(at: answer.revision)
      base = state?.entries ?? [:]
    } else if answer.revision > 0 {
      // Removed in the same batch.
      return nil
    }
    let held = transaction.compares.map { NamespaceWitness.holds($0, in: base) }
    if held.contains(false) {
      keyWitness.tally.comparisonsFailed += 1
      if answer.verdict.succeeded { return "a comparison did not hold before \(answer.revision)" }
    } else if !held.contains(nil) {
      keyWitness.tally.comparisonsHeld += held.isEmpty ? 0 : 1
      if !answer.verdict.succeeded { return "all comparisons held before \(answer.revision)" }
    }
    let branch = answer.verdict.succeeded ? transaction.then : transaction.otherwise
    guard answer.verdict.outcomes.count == branch.count else { return "there is not one result per operation" }
    return isCommit ? nil : readFault(answer.verdict.outcomes, base)
  }

  private func readFault(_ outcomes: [Verdict.Outcome], _ base: [String: NamespaceWitness.Entry]) -> String? {
    for case .got(let key, let found) in outcomes {
      let text = key.text
      let below = base.keys.filter { NamespaceWitness.isAbove(text, $0) }.count
      switch found {
      case .entry(let entry):
        if base[text] != NamespaceWitness.Entry(entry) { return "\(text) was read as it was not" }
      case .directory(let totals):
        if base[text] != nil || totals.entries != below { return "\(text) was read as a directory" }
      case .absent: if base[text] != nil || below > 0 { return "\(text) was not found" }
      case .link: return "a read ended at a link"
      }
    }
    return nil
  }

  private func fault(of answer: FenceAnswer, to arrival: FenceArrival) -> String? {
    let fence = keyWitness.fences[arrival.fence]
    switch answer {
    case .waiting(let arrived, let size):
      guard arrived < size, size == arrival.size else { return "\(arrived) of \(size) wait" }
      // Gone when its namespace was removed in the same batch.
      guard let fence else { return nil }
      let isKnown = fence.participants.contains(arrival.participant) || fence.ending(of: arrival.participant) != nil
      return isKnown ? nil : "\(arrival.participant) waits and is not in the log"
    case .ended(let outcome):
      report.trace.combine("\(outcome)")
      guard let ending = fence?.ending(of: arrival.participant) else { return nil }
      return ending == outcome ? nil : "\(arrival.participant) was told \(outcome) instead of \(ending)"
    }
  }

  // MARK: Reading

  /// Reads a random retained revision, and what a watch would be told since.
  func readPast(of id: NamespaceID, as actor: Principal) {
    guard let held = keyFault(of: id, as: actor), let namespace = keyWitness.namespaces[id] else { return }
    let states = namespace.retainedStates
    let index = random.within(states.startIndex...states.endIndex - 1)
    keyWitness.tally.pastReads += 1
    if let fault = namespace.pastFault(in: held.namespace, at: index) { expect(false, "\(id.name.text): \(fault)") }
    guard states.endIndex - index < 64 else { return }
    if let fault = namespace.watchFault(in: held.namespace, from: index) { expect(false, "\(id.name.text): \(fault)") }
  }

  /// The namespace as `actor` finds it, who must find just what is theirs.
  private func keyFault(of id: NamespaceID, as actor: Principal) -> HeldNamespace? {
    let attribution = Samples.attribution(actor)
    let held = durable.namespace(id, for: attribution)
    guard let namespace = keyWitness.namespaces[id] else {
      expect(held?.createdSeq == nil, "\(id.name.text) was found though nobody made it")
      return nil
    }
    expect(
      (held != nil) == attribution.mayAccess(namespace.owner),
      "\(actor.name) \(held == nil ? "cannot reach" : "reaches") \(id.name.text) of \(namespace.owner.name)")
    return held
  }

  /// Everything that is durable is there again, history and digests included.
  func checkKeysAfterRestart(_ state: BrokerState) {
    if let fault = keyWitness.difference(from: state, isThorough: true, withContents: true) {
      expect(false, "restored: \(fault)")
    }
    for (id, held) in state.keyValues.namespaces {
      guard let namespace = keyWitness.namespaces[id] else { continue }
      let digest = durable.keyValues[id]?.namespace.root.digest(using: Self.digest)
      expect(held.namespace.root.digest(using: Self.digest) == digest, "restored: another root of \(id.name.text)")
      let states = namespace.retainedStates
      for _ in 0..<min(states.count, 8) {
        let index = random.within(states.startIndex...states.endIndex - 1)
        let fault = namespace.pastFault(in: held.namespace, at: index)
        expect(fault == nil, "restored: \(id.name.text): \(fault ?? "")")
      }
      if states.count < 64, let fault = namespace.watchFault(in: held.namespace, from: states.startIndex) {
        expect(false, "restored: \(id.name.text): \(fault)")
      }
    }
  }
}
