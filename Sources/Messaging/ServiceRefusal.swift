/// Why the desk did not do what was asked; nothing was changed.
public enum ServiceRefusal: Error, Sendable, Equatable {
  /// Nobody offers the service.
  case nobodyServes
  /// So many calls wait for the service already.
  case tooManyWaiting(limit: Int)
  case tooManyCalls(limit: Int)
  case tooManyTakers(limit: Int)
  case tooManyServices(limit: Int)
  /// A call of that name is under way.
  case callExists
  /// No call of that name is under way.
  case unknownCall
  /// The call has ended, was never given to anybody, or never was.
  case callOver
  /// What was sent before is still unread.
  case callerBehind(limit: Int)
}
