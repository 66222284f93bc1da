import BrokerCore
import Dispatch
import Glibc
import Persistent
import Scheduling
import Synchronization
import Vocabulary

/// Finds resources for waiting jobs, on its own thread and on the last committed state.
///
/// One plan is under way at a time: the next is made from a state in which the last has been taken in.
struct Planner {
  /// How long a plan's fate is waited for; a stopping broker may never tell.
  private static let fateMilliseconds = 60_000
  /// Between two attempts while there is no space for the log.
  private static let refusedMicroseconds: UInt32 = 200_000

  let broker: Broker

  func run() {
    while true {
      broker.planBell.wait()
      if broker.isStopping.load(ordering: .acquiring) { return }
      while planOnce() {}
    }
  }

  /// - Returns: whether something was placed, so that another plan may find more.
  private func planOnce() -> Bool {
    let state = broker.snapshot
    let begin = broker.ports.now()
    guard state.isAnybodyWaiting, let plan = state.plan(at: begin) else {
      broker.outlooks.forget()
      return false
    }
    let took = Int(max(0, broker.ports.now().since(begin).microseconds))
    broker.counters.add(1, to: broker.counters.cycles)
    broker.counters.add(took, to: broker.counters.cycleMicroseconds)
    broker.counters.lastCycleMicroseconds.store(UInt64(took), ordering: .relaxed)
    broker.outlooks.note(plan, executing: state.executing)
    guard !plan.placements.isEmpty || !plan.preemptions.isEmpty, !broker.isStopping.load(ordering: .acquiring) else {
      return false
    }
    broker.counters.add(1, to: broker.counters.plans)
    broker.counters.add(plan.placements.count, to: broker.counters.placements)
    let fate = DispatchSemaphore(value: 0)
    let isRefused = Flag()
    broker.post(.plan(plan)) { outcome in
      if case .unavailable = outcome { isRefused.raise() }
      fate.signal()
    }
    guard fate.wait(timeout: .now() + .milliseconds(Self.fateMilliseconds)) == .success else { return false }
    if isRefused.isRaised {
      // Nobody would ring again for what did not fit on the disk.
      usleep(Self.refusedMicroseconds)
      return true
    }
    // A state that has not moved would give the same plan again.
    return broker.withSnapshot { $0.nextSeq } != state.nextSeq
  }
}

/// Something that one thread tells another, once.
private final class Flag: Sendable {
  private let value = Atomic<Bool>(false)

  var isRaised: Bool { value.load(ordering: .acquiring) }
  func raise() { value.store(true, ordering: .releasing) }
}
