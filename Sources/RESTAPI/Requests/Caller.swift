public import BrokerCore
public import Jobs
import Vocabulary

/// Who is asking.
public struct Caller: Sendable {
  public let principal: Principal
  public let role: Role
  /// Empty for the Unix socket.
  public let tokenID: String
  let tokenDigest: Digest?
  /// The attempt whose own token was used.
  let attempt: AttemptID?

  /// Whether an object of `owner` is theirs to know.
  func maySee(_ owner: Principal) -> Bool { role == .owner || principal == owner }
}
