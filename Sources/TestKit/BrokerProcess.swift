import BrokerCore
import Scheduling

/// One life of the simulated broker: what is lost when it dies.
struct BrokerProcess {
  /// A command in a lane, and what its end is told to.
  struct Entry {
    let command: Command
    let attribution: Attribution
    var request: Int?
  }

  let number: Int
  /// The last committed state, as the planner and readers see it.
  var snapshot: BrokerState
  var urgent: [Entry] = []
  var admission: [Entry] = []
  var isTurnDue = false
  /// A plan is wanted; a plan is being made or waits for its turn.
  var wantsPlan = false
  var isPlanning = false
  var mock = FakeMock()
  /// As `ExecutionRouter`: which attempts went to the mock.
  var mocked: Set<AttemptID> = []

  init(number: Int, state: BrokerState) {
    self.number = number
    snapshot = state
  }

  /// Whether it has taken in that it began.
  var isReady: Bool { urgent.isEmpty && admission.isEmpty }
}
