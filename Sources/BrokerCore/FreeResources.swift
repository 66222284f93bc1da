import Jobs
import Persistent
import ResourceGraph
import Vocabulary

/// What is free while placements are taken in one after the other.
struct FreeResources {
  private var graph: ResourceGraph
  /// Of jobs with steps that this plan places.
  private var confinements: [JobID: Confinement] = [:]
  private let state: BrokerState

  init(_ state: BrokerState, _ graph: ResourceGraph) {
    self.state = state
    self.graph = graph
  }

  /// - Returns: whether they were free for the job.
  mutating func take(_ grants: [Grant], for job: Job) -> Bool {
    guard let id = job.within else {
      guard graph.accepts(grants) else { return false }
      graph.take(grants)
      return true
    }
    guard var confinement = confinements.removeValue(forKey: id) ?? state.enclosures[id]?.confinement else {
      return false
    }
    let isFree = confinement.accepts(grants)
    if isFree { confinement.take(grants) }
    confinements[id] = confinement
    return isFree
  }
}
