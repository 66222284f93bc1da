/// What follows from a change of the book, to be done outside of its lock.
enum ServiceAction: Sendable {
  case hand(ServiceCall, to: ServiceTaker)
  /// No call came in time.
  case turnAway(ServiceTaker)
  /// A caller has something to read.
  case wake(@Sendable () -> Void)
}
