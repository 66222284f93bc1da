extension MatchPolicy {
  /// The first that will do, in the order of the graph: the cheapest search.
  public static let first = MatchPolicy("first", .ascending)
  /// The same, on whole hosts.
  static let firstnodex = MatchPolicy("firstnodex", .ascending, takesWholeHosts: true)
}
