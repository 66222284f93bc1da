extension SchedulingPolicy {
  /// Depths that `hybrid` may have.
  public static let depths = 1...SchedulingLimits.reservationsPerCycle

  /// Whatever fits may start, as long as it does not delay one of the first jobs that do not fit.
  ///
  /// - Parameter depth: how many of them; one of `depths`.
  public static func hybrid(depth: Int) -> SchedulingPolicy {
    precondition(depths.contains(depth), "a depth is within its bounds")
    return SchedulingPolicy("hybrid:\(depth)", reservations: depth)
  }
}
