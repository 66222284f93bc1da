public import Jobs

/// What a caller may do.
public enum Role: UInt8, Sendable, CaseIterable {
  /// The instance's owner: sees and changes everything.
  case owner = 1
  /// A user: sees and changes what is theirs.
  case user = 2

  public var name: String { self == .owner ? "owner" : "user" }

  public init?(name: some StringProtocol) {
    guard let role = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = role
  }
}

/// Who caused a record, and through what: the part of every record's header that comes from outside.
///
/// A class because all records of a command share it; immutable, so still a value.
public final class Attribution: Sendable {
  public let principal: Principal
  public let role: Role
  /// The public name of the token that was used; empty for the Unix socket and for the broker itself.
  public let tokenID: String
  /// Brokers the command came through, nearest first.
  public let via: [String]
  public let requestID: String

  public init(principal: Principal, role: Role, tokenID: String, via: [String] = [], requestID: String) {
    self.principal = principal
    self.role = role
    self.tokenID = tokenID
    self.via = via
    self.requestID = requestID
  }

  /// The broker itself: reports, ticks, plans.
  public static let broker = Attribution(
    principal: Principal(name: "broker", userID: 0, tenant: ""), role: .owner, tokenID: "", requestID: "")

  /// Whether the caller may know of and act on what belongs to `owner`.
  public func mayAccess(_ owner: Principal) -> Bool { role == .owner || principal == owner }
}
