extension SchedulingPolicy {
  /// Whatever fits may start, as long as it does not delay any job ahead of it.
  ///
  /// Behind as many jobs as a cycle makes reservations for, others are only kept from delaying those.
  public static let conservative = SchedulingPolicy(
    "conservative", reservations: SchedulingLimits.reservationsPerCycle)
}
