import Jobs
import ResourceGraph
import Vocabulary

/// What a job held and for how long, over all its attempts.
struct JobUsage {
  /// Of the last attempt that had resources, as it was resized last.
  private(set) var nodes = 0
  private(set) var cores = 0
  private(set) var gpus = 0
  /// From each allocation to its release, what was resized in parts.
  private(set) var nodeSeconds = 0.0
  private(set) var coreSeconds = 0.0
  private(set) var gpuSeconds = 0.0
  /// Of all attempts that finished.
  private(set) var cpuSeconds = 0.0
  /// Of one process, the largest.
  private(set) var peakMemoryKiB: Int64?

  /// - Parameter now: the end of what has none yet.
  init(of job: Job, _ graph: ResourceGraph?, now: Timestamp) {
    var since: Timestamp?
    for happening in job.history {
      switch happening.event {
      case .alloc(let allocation):
        measure(allocation, graph)
        since = happening.at
      case .resize(let allocation):
        close(&since, at: happening.at)
        measure(allocation, graph)
        since = happening.at
      case .finish(let outcome):
        cpuSeconds += outcome.cpuTime.seconds
        peakMemoryKiB = max(peakMemoryKiB ?? 0, outcome.peakMemoryKiB)
      case .release, .requeue, .clean: close(&since, at: happening.at)
      default: break
      }
    }
    close(&since, at: now)
  }

  private mutating func measure(_ allocation: Allocation, _ graph: ResourceGraph?) {
    guard let graph else { return }
    let shares = graph.shares(of: allocation)
    nodes = shares.count
    cores = shares.reduce(0) { $0 + $1.cores.count }
    gpus = shares.reduce(0) { $0 + $1.gpus.count }
  }

  private mutating func close(_ since: inout Timestamp?, at end: Timestamp) {
    guard let begin = since else { return }
    let seconds = max(0, end.since(begin).seconds)
    nodeSeconds += seconds * Double(nodes)
    coreSeconds += seconds * Double(cores)
    gpuSeconds += seconds * Double(gpus)
    since = nil
  }
}
