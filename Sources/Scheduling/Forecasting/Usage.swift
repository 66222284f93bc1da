import Jobs
import Persistent
import ResourceGraph
import Vocabulary

/// How much of each type is held over time.
struct Usage {
  private let types: [String]
  /// What could be given out if nothing were held, type by type, in thousandths.
  private let whole: [Double]
  /// Thousandths times seconds.
  private var held: [Double]
  private var seconds = 0.0

  init(_ problem: SchedulingProblem) {
    var idle = problem.graph
    for id in problem.holding {
      if let allocation = problem.jobs[id]?.allocation { idle.release(allocation.grants) }
    }
    for allocation in problem.others { idle.release(allocation.grants) }
    types = idle.types.filter { idle.free(ofType: $0) > .zero }.sorted()
    whole = types.map { Double(idle.free(ofType: $0).thousandths) }
    held = types.map { _ in 0 }
  }

  /// Nothing changes between two moments.
  mutating func pass(from: Timestamp, to: Timestamp, _ graph: ResourceGraph) {
    let span = to.since(from).seconds
    seconds += span
    for (index, type) in types.enumerated() {
      held[index] += (whole[index] - Double(graph.free(ofType: type).thousandths)) * span
    }
  }

  var shares: [Forecast.Utilisation] {
    types.indices.map { index in
      Forecast.Utilisation(
        type: types[index], share: seconds > 0 ? held[index] / (whole[index] * seconds) : 0)
    }
  }
}
