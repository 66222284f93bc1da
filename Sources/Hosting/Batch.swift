import BrokerCore
import Dispatch
import Jobs
import Synchronization

/// What the loop hands to the committer: decided, folded, not yet durable.
struct Batch: Sendable {
  /// Batches decided on a state that never became durable have an older number than the committer's.
  let generation: UInt64
  let records: [Record]
  let ended: [Job]
  /// The state after these records.
  let state: BrokerState
  let entries: [Entry]
  /// What each entry came to, in the same order.
  let outcomes: [Outcome]
}

/// One batch on its way from the loop to the committer: while one is being committed, the next is decided.
final class Handover: Sendable {
  private let slot = Mutex<Batch?>(nil)
  private let filled = DispatchSemaphore(value: 0)
  private let emptied = DispatchSemaphore(value: 1)
  /// Rises when a commit fails: everything decided on top of it is void.
  let generation = Atomic<UInt64>(0)

  /// Waits until the slot is free. Only the loop calls it, before it takes commands: what arrives while it
  /// waits joins the batch.
  func waitForRoom() { emptied.wait() }

  /// Gives the room back without a batch.
  func returnRoom() { emptied.signal() }

  func put(_ batch: Batch) {
    slot.withLock { $0 = batch }
    filled.signal()
  }

  /// The loop will put no more: a signal without a batch.
  func finish() { filled.signal() }

  /// - Returns: `nil` when the loop is finished.
  func take() -> Batch? {
    filled.wait()
    guard let batch = slot.withLock({ $0.take() }) else { return nil }
    emptied.signal()
    return batch
  }
}
