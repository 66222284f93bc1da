import BrokerCore
import Jobs
import Persistent
import Synchronization
import Vocabulary

/// The only place where commands become records: drains the lanes, decides, folds, hands over.
final class Loop: Sendable {
  /// Items of waiting submissions that one batch takes: about 50 ms of work.
  static let itemsPerBatch = 8_192
  /// Steps in which one batch tells jobs that what they waited for came about: some thousand jobs.
  static let settlementsPerBatch = 8

  private let broker: Broker
  private let initial: BrokerState

  init(broker: Broker, state: BrokerState) {
    self.broker = broker
    initial = state
  }

  /// Owns the working state for the life of the process.
  func run() {
    var working = Working(state: initial, generation: 0)
    while true {
      if broker.inbox.isEmpty {
        // Operations go on after the next start.
        if broker.isStopping.load(ordering: .acquiring) { break }
        if working.state.operations.isEmpty, !working.state.owesSettling(at: broker.ports.now()) {
          broker.inbox.bell.wait()
        }
      }
      broker.handover.waitForRoom()
      working.adopt(broker)
      guard let batch = working.decideBatch(broker) else {
        broker.handover.returnRoom()
        continue
      }
      broker.handover.put(batch)
    }
    broker.handover.finish()
  }
}

/// The state as the loop has decided it so far, ahead of what is durable.
private struct Working {
  var state: BrokerState
  var generation: UInt64
  var lastTime = Timestamp(microseconds: 0)

  /// After a failed commit, goes back to what is durable.
  mutating func adopt(_ broker: Broker) {
    let current = broker.handover.generation.load(ordering: .acquiring)
    guard current != generation else { return }
    generation = current
    state = broker.snapshot
  }

  mutating func decideBatch(_ broker: Broker) -> Batch? {
    var entries = broker.inbox.take(admissionItems: Loop.itemsPerBatch)
    if !state.operations.isEmpty {
      entries.append(Entry(command: .advanceOperations, attribution: .broker, complete: nil))
    }
    // A clock that steps back must not make the log's times do so.
    let now = max(broker.ports.now(), lastTime)
    lastTime = now
    guard !entries.isEmpty || state.owesSettling(at: now) else { return nil }
    var records: [Record] = []
    var ended: [Job] = []
    var outcomes: [Outcome] = []
    outcomes.reserveCapacity(entries.count)
    func carryOut(_ entry: Entry) {
      do throws(Refusal) {
        let decision = try state.decide(entry.command, by: entry.attribution, at: now)
        for record in decision.records {
          if let job = state.fold(record) { ended.append(job) }
        }
        if records.isEmpty { records = decision.records } else { records += decision.records }
        outcomes.append(.answered(decision.answer))
      } catch {
        outcomes.append(.refused(error))
      }
    }
    for entry in entries { carryOut(entry) }
    // In the same batch, so that a link of a chain costs no commit of its own.
    for _ in 0..<Loop.settlementsPerBatch where state.owesSettling(at: now) {
      entries.append(Entry(command: .settle, attribution: .broker, complete: nil))
      carryOut(entries[entries.count - 1])
    }
    state.seal(using: broker.ports.digest)
    broker.counters.add(entries.count, to: broker.counters.commands)
    return Batch(
      generation: generation, records: records, ended: ended, state: state, entries: entries, outcomes: outcomes)
  }
}
