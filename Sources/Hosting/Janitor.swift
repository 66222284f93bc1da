import BrokerCore
import Synchronization

/// Lets go of states that were replaced, on a thread of its own.
///
/// The last reference to what a commit removed goes with the state before it: a directory of a million keys takes a
/// tenth of a second to be freed, which no commit should wait for.
final class Janitor: Sendable {
  private let leaving = Mutex<[BrokerState]>([])
  private let bell = Bell()
  private let isOver = Atomic<Bool>(false)

  func take(_ state: BrokerState) {
    leaving.withLock { $0.append(state) }
    bell.ring()
  }

  func run() {
    while !isOver.load(ordering: .acquiring) {
      bell.wait()
      var states: [BrokerState] = []
      leaving.withLock { swap(&states, &$0) }
      states.removeAll()
    }
  }

  func stop() {
    isOver.store(true, ordering: .releasing)
    bell.ring()
  }
}
