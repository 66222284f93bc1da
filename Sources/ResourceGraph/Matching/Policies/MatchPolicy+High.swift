extension MatchPolicy {
  /// From the high end.
  static let high = MatchPolicy("high", .descending)
  /// Hosts from the high end; the same as `high`.
  static let hinode = MatchPolicy("hinode", .descending)
  /// Whole hosts from the high end.
  static let hinodex = MatchPolicy("hinodex", .descending, takesWholeHosts: true)
}
