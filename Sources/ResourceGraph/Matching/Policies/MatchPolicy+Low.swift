extension MatchPolicy {
  /// From the low end, so that the high one stays free for large requests.
  static let low = MatchPolicy("low", .ascending)
  /// Hosts from the low end; the same as `low`, because hosts are looked at in the order of the graph.
  static let lonode = MatchPolicy("lonode", .ascending)
  /// Whole hosts from the low end.
  static let lonodex = MatchPolicy("lonodex", .ascending, takesWholeHosts: true)
}
