extension SchedulingPolicy {
  /// Whatever fits may start, as long as it does not delay the first job that does not fit.
  ///
  /// - Source: the Extensible Argonne Scheduling sYstem's backfilling, as Fluxion's `easy`.
  public static let easy = SchedulingPolicy("easy", reservations: 1)
}
