extension MatchPolicy {
  /// As equal in performance as can be, so that no part of a job waits for a slow one.
  static let variation = MatchPolicy("variation", .performanceClass)
}
