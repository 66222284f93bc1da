import Jobs
import Persistent
import Vocabulary

extension BrokerState {
  /// Numbers for users that the host does not know begin here, above those of any real account.
  static let firstAssignedUserID: UInt32 = 2_000_000_000
  /// The only tenant until tenants can be made.
  public static let defaultTenant = "default"

  func decideIssue(
    of request: TokenRequest, by attribution: Attribution, at now: Timestamp, _ builder: inout RecordBuilder
  ) throws(Refusal) -> Decision {
    guard attribution.role == .owner else { throw .forbidden("only the instance owner issues tokens") }
    guard tokens.count < BrokerLimits.tokens else { throw .tooManyTokens(limit: BrokerLimits.tokens) }
    let principal = users[request.user] ?? newUser(named: request.user, suggested: request.suggestedUserID)
    let token = Token(
      id: request.id, digest: request.digest, principal: principal, role: request.role, issuedAt: now,
      expiresAt: request.lifetime.map { now.advanced(by: $0) }, note: request.note)
    builder.add(.tokenIssued(token), owner: principal)
    return builder.decision(.tokenIssued(token))
  }

  /// A user keeps its number for ever, whatever happens to its tokens.
  private func newUser(named name: String, suggested: UInt32?) -> Principal {
    let isFree = suggested.map { number in !users.values.contains { $0.userID == number } } ?? false
    let number = isFree ? suggested ?? 0 : Self.firstAssignedUserID + UInt32(users.count)
    return Principal(name: name, userID: number, tenant: Self.defaultTenant)
  }
}
