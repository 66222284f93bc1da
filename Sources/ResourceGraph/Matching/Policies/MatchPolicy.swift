/// Which of many possible resources are taken.
///
/// - Source: Fluxion's match policies, flux-config-sched-fluxion-resource(5).
public struct MatchPolicy: Hashable, Sendable {
  /// In which order children are looked at.
  public enum Order: Hashable, Sendable {
    case ascending
    case descending
    /// The child that has the least left over, so that large holes stay whole.
    case tightest
    /// The lowest performance class, wherever it lies, so that a job's parts are as equal as they can be.
    case performanceClass
  }

  public let name: String
  public let order: Order
  /// Every host that is touched is taken whole.
  public let takesWholeHosts: Bool

  init(_ name: String, _ order: Order, takesWholeHosts: Bool = false) {
    self.name = name
    self.order = order
    self.takesWholeHosts = takesWholeHosts
  }

  /// A new one is a file of its own, and its names here.
  public static let all = [
    first, firstnodex, low, lonode, lonodex, high, hinode, hinodex, locality, variation,
  ]

  public init?(named name: String) {
    guard let policy = Self.all.first(where: { $0.name == name }) else { return nil }
    self = policy
  }
}
