import BrokerCore
import Jobs
import Persistent
public import Scheduling
import Synchronization
public import Vocabulary

/// What the planner has lately said of jobs: what they wait for, when they may start, how they came to start.
///
/// Said for people and schedulers of their own, made anew by every plan, and not in the log: after a restart the first
/// plan says it again.
public final class Outlooks: Sendable {
  private struct State {
    var waiting: [JobID: Outlook] = [:]
    var selections: [JobID: Plan.Selection] = [:]
  }

  private let state = Mutex(State())

  init() {}

  /// Takes in what a plan says.
  ///
  /// - Parameter executing: of jobs that run no more nothing is kept.
  func note(_ plan: Plan, executing: SortedSet<JobID>) {
    state.withLock { state in
      state.waiting = Dictionary(uniqueKeysWithValues: plan.outlooks.map { ($0.job, $0) })
      if state.selections.count > 2 * (executing.count + plan.placements.count) {
        state.selections = state.selections.filter { executing.contains($0.key) }
      }
      for placement in plan.placements { state.selections[placement.job] = placement.selection }
    }
  }

  /// Nothing waits.
  func forget() { state.withLock { $0.waiting = [:] } }

  public func outlook(of job: JobID) -> Outlook? { state.withLock { $0.waiting[job] } }
  public func selection(of job: JobID) -> Plan.Selection? { state.withLock { $0.selections[job] } }
}
