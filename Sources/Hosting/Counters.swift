public import Synchronization

/// What the loop has done since the process started, for `/metrics`.
public final class Counters: Sendable {
  public let commands = Atomic<UInt64>(0)
  public let refusals = Atomic<UInt64>(0)
  public let batches = Atomic<UInt64>(0)
  public let records = Atomic<UInt64>(0)
  public let plans = Atomic<UInt64>(0)
  public let placements = Atomic<UInt64>(0)
  public let commitMicroseconds = Atomic<UInt64>(0)
  public let storageFull = Atomic<UInt64>(0)
  /// Times that the planner went through the queue, and how long that took.
  public let cycles = Atomic<UInt64>(0)
  public let cycleMicroseconds = Atomic<UInt64>(0)
  public let lastCycleMicroseconds = Atomic<UInt64>(0)

  init() {}

  func add(_ count: Int, to counter: borrowing Atomic<UInt64>) {
    counter.wrappingAdd(UInt64(count), ordering: .relaxed)
  }
}
