import BrokerCore
import Glibc
import Jobs
import Logging
import Synchronization
import Vocabulary

/// Makes batches durable, then lets the world know, always in one order: commit, effects, answers.
struct Committer {
  /// Between attempts to write what must not be lost, while the disk is full.
  private static let retryMilliseconds = 200

  let broker: Broker

  func run() {
    while let batch = broker.handover.take() {
      if batch.generation != broker.handover.generation.load(ordering: .acquiring) {
        giveBack(batch)
      } else if batch.records.isEmpty {
        // Nothing was changed, but an answer may rest on records of the batch before: those are durable now.
        answer(batch)
      } else {
        commit(batch)
      }
    }
  }

  private func commit(_ batch: Batch) {
    let begin = broker.ports.now()
    do throws(AppendFailure) {
      try broker.ports.journal.append(
        CommitBatch(epoch: batch.state.epoch, records: batch.records, ended: batch.ended))
    } catch {
      switch error {
      case .full: return refuseForWantOfSpace(batch)
      case .fenced: broker.ports.onFatal("another broker owns the log")
      case .failed(let reason): broker.ports.onFatal("the log could not be written: \(reason)")
      }
    }
    let took = broker.ports.now().since(begin).microseconds
    broker.counters.add(Int(max(0, took)), to: broker.counters.commitMicroseconds)
    broker.counters.add(1, to: broker.counters.batches)
    broker.counters.add(batch.records.count, to: broker.counters.records)
    var replaced = batch.state
    broker.committed.withLock { swap(&$0, &replaced) }
    broker.janitor.take(consume replaced)
    broker.graphs.note(
      batch.state.graph, from: batch.records.last { $0.body.changesGraph }?.seq ?? batch.state.nextSeq - 1, at: begin)
    performEffects(of: batch)
    publish(batch)
    answer(batch)
    broker.ports.onCommit(batch.records.count, batch.state)
  }

  private func performEffects(of batch: Batch) {
    var orders: [ExecutionOrder] = []
    var mayStartJobs = false
    for record in batch.records {
      if case .shepherdJoined(let incarnation, _) = record.body { broker.admit(incarnation) }
      for effect in batch.state.effects(of: record) {
        switch effect {
        case .order(let order): orders.append(order)
        case .plan: mayStartJobs = true
        }
      }
    }
    broker.carryOut(orders)
    if mayStartJobs { broker.planBell.ring() }
  }

  private func publish(_ batch: Batch) {
    let (records, epoch, encode) = (batch.records, batch.state.epoch, broker.ports.encode)
    let weight = records.reduce(0) { $0 + $1.body.weight }
    broker.events.append(
      EventRing.Segment(nextSeq: batch.state.nextSeq, weight: weight) {
        records.flatMap { encode($0, epoch) }
      })
    for wake in broker.watchers.wakes(for: batch.records.lazy.compactMap(\.body.watched)) { wake() }
    for wake in broker.watchers.wakesForEverything { wake() }
  }

  private func answer(_ batch: Batch) {
    var refused = 0
    for (entry, outcome) in zip(batch.entries, batch.outcomes) {
      if case .refused = outcome { refused += 1 }
      entry.complete?(outcome)
    }
    broker.counters.add(refused, to: broker.counters.refusals)
  }

  /// Callers hear 503; what happened inside the broker waits for space.
  private func refuseForWantOfSpace(_ batch: Batch) {
    broker.logger.warning("no space for the log; writes are refused")
    broker.counters.add(1, to: broker.counters.storageFull)
    broker.handover.generation.add(1, ordering: .acquiringAndReleasing)
    giveBack(batch)
  }

  private func giveBack(_ batch: Batch) {
    let kept = batch.entries.filter { entry in
      guard entry.command.mustNotBeLost else {
        entry.complete?(.unavailable(.storageFull))
        return false
      }
      return true
    }
    // What the state itself owes, the loop finds again by itself.
    guard !kept.isEmpty || batch.entries.allSatisfy({ $0.complete == nil }) else { return }
    broker.inbox.putBack(kept)
    // The loop would come back at once: it is slowed down here, where nothing else waits.
    usleep(UInt32(Self.retryMilliseconds) * 1_000)
    broker.inbox.bell.ring()
  }
}

extension Command {
  /// Whether it tells what has happened, rather than asks for something.
  fileprivate var mustNotBeLost: Bool {
    switch self {
    case .brokerStarted, .defineResources, .describeResources, .definePrograms, .report: true
    case .submit, .act, .actMatching, .update, .collectResult, .issueToken, .revokeToken, .plan, .advanceOperations,
      .tick, .settle, .createNamespace, .changeNamespace, .removeNamespace, .transact, .joinFence,
      .declareTopic,
      .undeclareTopic, .publish, .mutate, .allocate, .reserve, .deallocate, .resize, .defineQueue, .removeQueue,
      .defineMaintenance, .removeMaintenance, .setPreemption, .purge:
      false
    }
  }
}
