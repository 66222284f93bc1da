public import Jobspec
public import Vocabulary

extension QueueRules {
  /// Why a job is too large, too small or too long for the queue; `nil`: it is not.
  ///
  /// Of a general jobspec the least counts, as `Demand` has them. A job that does not ask for nodes has no number of
  /// nodes yet: the limits of nodes do not hold for it.
  public func refusal(of jobspec: Jobspec) -> String? { refusal(of: jobspec, lasting: duration(of: jobspec)) }

  /// - Parameter duration: `nil`: no limit.
  public func refusal(of jobspec: Jobspec, lasting duration: TimeSpan?) -> String? {
    let demand = jobspec.demand
    return refusal(ofDuration: duration)
      ?? demand.nodes.flatMap { refusal(of: $0, "node", limits.nodes) }
      ?? refusal(of: demand.totalCores, "core", limits.cores)
      ?? refusal(of: demand.totalGPUs, "gpu", limits.gpus)
  }

  private var place: String { name.isEmpty ? "this instance" : "queue \"\(name)\"" }

  /// Why a time limit is not that of a job of the queue; `nil`: it can be.
  public func refusal(ofDuration duration: TimeSpan?) -> String? {
    guard let most = limits.maximumDuration else { return nil }
    guard let duration else { return "no time limit was asked for; \(place) allows at most \(most.fsd)" }
    return duration > most ? "a time limit of \(duration.fsd) was asked for; \(place) allows at most \(most.fsd)" : nil
  }

  private func refusal(of asked: Int, _ type: String, _ bounds: QueueLimits.Bounds) -> String? {
    let bound: String
    if let most = bounds.most, asked > most {
      bound = "allows at most \(most)"
    } else if let least = bounds.least, asked < least {
      bound = "wants at least \(least)"
    } else {
      return nil
    }
    return "\(asked) \(type)\(asked == 1 ? " was" : "s were") asked for; \(place) \(bound)"
  }
}
