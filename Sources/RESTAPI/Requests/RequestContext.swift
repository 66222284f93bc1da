import BrokerCore
import HTTPServing
import Vocabulary

/// A request whose caller and route are known.
struct RequestContext: Sendable {
  let head: HTTPRequestHead
  let requestID: String
  /// `nil` only on routes that demand no caller.
  let caller: Caller?
  /// What the route's path parameters matched, in order.
  let parameters: [String]

  /// - Precondition: the route demands a caller.
  var attribution: Attribution {
    guard let caller else { preconditionFailure("a route that acts demands a caller") }
    return Attribution(
      principal: caller.principal, role: caller.role, tokenID: caller.tokenID, requestID: requestID)
  }
}
