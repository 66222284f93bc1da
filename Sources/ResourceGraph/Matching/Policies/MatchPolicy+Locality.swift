extension MatchPolicy {
  /// Where the least is left over, so that what belongs together stays together and large holes stay whole.
  static let locality = MatchPolicy("locality", .tightest)
}
