import Vocabulary

/// Somebody who waits for one call of a service.
struct ServiceTaker: Sendable {
  /// In order of arrival, and never used again.
  let number: UInt64
  let service: ServiceName
  let deadline: Timestamp
  /// Called once with a call, or `nil` when the time is up.
  /// - Returns: whether the call was taken; a taker that has left does not, and the call goes to the next.
  let deliver: @Sendable (ServiceCall?) -> Bool
}
