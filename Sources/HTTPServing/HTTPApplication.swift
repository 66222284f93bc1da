/// What the server serves.  Every call comes from one of the HTTP threads and must not block.
public protocol HTTPApplication: Sendable {
  /// Called once per request after the guard passed its head and before any byte of its body is read.
  func admit(_ head: HTTPRequestHead) -> Admission
  /// Renders what the guard refused.  `head` is there if the head itself was in order.
  func refusal(_ fault: GuardFault, head: HTTPRequestHead?) -> HTTPResponse
  /// Whether a request that carries a body may do so, although its method is not POST, PUT or PATCH.
  func permitsBody(_ head: HTTPRequestHead) -> Bool
}

extension HTTPApplication {
  public func permitsBody(_ head: HTTPRequestHead) -> Bool { false }
}
