import Jobs
import Jobspec
import ResourceGraph
import Vocabulary

/// What jobs ask for, worked out once for all plans on the same graph and queues.
struct RequestBook {
  var requests: [Request] = []
  var numbers: [Request.Key: Int] = [:]
  /// By jobspec and exemptions: what is looked up for every job.
  var known: [SpecKey: Int] = [:]
  var hostSets: [Constraint: HostSet] = [:]

  struct SpecKey: Hashable {
    let digest: Digest
    let changed: JobChange
    let exemptions: UInt64

    func hash(into hasher: inout Hasher) { hasher.combine(digest.words.0) }
  }
}
