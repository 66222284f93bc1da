import BrokerCore
import Cryptography
import HTTPServing
import Hosting
import Jobs
import Persistent
public import Vocabulary

extension API {
  static var tokenRoutes: [Route] {
    [
      Route(
        "POST", "/v1/tokens", access: .owner,
        .whole(types: [MediaTypes.json], limit: smallBody, isOptional: false) { api, context, body throws(Problem) in
          try api.issueToken(context, body)
        }),
      Route("GET", "/v1/tokens", .none { api, context throws(Problem) in try api.listTokens(context) }),
      Route("DELETE", "/v1/tokens/{id}", .none { api, context throws(Problem) in try api.revokeToken(context) }),
      Route("GET", "/v1/whoami", .none { api, context throws(Problem) in try api.showCaller(context) }),
    ]
  }

  /// A year: longer ones are forgotten where they lie.
  private static let longestLifetimeSeconds: Int64 = 366 * 86_400

  private func issueToken(_ context: RequestContext, _ body: [UInt8]) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let fields = try ClosedObject(body, allowing: ["user", "role", "expires_in", "note"])
    guard let user = try fields.text("user", upTo: 64), Self.isUserName(user) else {
      throw Problem(invalid: "/user", "must be a user name: 1 to 64 letters, digits, \".\", \"_\" or \"-\"")
    }
    guard let role = Role(name: try fields.text("role", upTo: 16) ?? "user") else {
      throw Problem(invalid: "/role", "must be owner or user")
    }
    let seconds = try fields.integer("expires_in", in: 1...Self.longestLifetimeSeconds)
    let secret = TokenSecret()
    let request = TokenRequest(
      id: secret.id, digest: secret.digest, user: user, suggestedUserID: HostUsers.number(of: user), role: role,
      lifetime: seconds.map { TimeSpan.seconds($0) }, note: try fields.text("note", upTo: 256) ?? "")
    if try query.flag("dry_run") {
      return .now(Answers.object(200, context.requestID) { $0.field("dry_run", true) })
    }
    let pending = unanswered(context, seconds: JobWait.commitSeconds)
    try send(.issueToken(request), context) { [self] outcome in
      pending.complete { [self] in
        guard case .answered(.tokenIssued(let token)) = outcome else { return failure(outcome, context) }
        return Answers.object(201, context.requestID) { writer in
          writer.field("token", secret.text)
          Self.write(token, to: &writer)
        }
      }
    }
    return .later(pending)
  }

  private static func isUserName(_ text: String) -> Bool {
    !text.isEmpty && text.first != "-"
      && text.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
          || [45, 46, 95].contains(byte)
      }
  }

  private static func write(_ token: Token, to writer: inout JSONWriter) {
    writer.field("token_id", token.id)
    writer.field("user", token.principal.name)
    writer.field("userid", UInt64(token.principal.userID))
    writer.field("role", token.role.name)
    writer.field("issued", token.issuedAt)
    if let expires = token.expiresAt { writer.field("expires", expires) } else { writer.nullField("expires") }
    writer.field("note", token.note)
  }

  private func listTokens(_ context: RequestContext) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    guard let caller = context.caller else { throw .unauthorized }
    let tokens = broker.withSnapshot { Array($0.tokens.values) }.filter { caller.maySee($0.principal) }
    return .now(
      Answers.object(200, context.requestID) { writer in
        writer.name("items")
        writer.array { writer in
          for token in tokens.sorted(by: { ($0.issuedAt, $0.id) < ($1.issuedAt, $1.id) }) {
            writer.object { Self.write(token, to: &$0) }
          }
        }
        writer.nullField("next_cursor")
      })
  }

  private func revokeToken(_ context: RequestContext) throws(Problem) -> HTTPReply {
    let query = try QueryReader(context.head, allowing: ["dry_run"])
    let command = Command.revokeToken(id: context.parameters.first ?? "")
    if try query.flag("dry_run") {
      _ = try preview(of: command, context)
      return .now(Answers.noContent(context.requestID))
    }
    return try carryOut(command, context) { Answers.noContent(context.requestID) }
  }

  private func showCaller(_ context: RequestContext) throws(Problem) -> HTTPReply {
    _ = try QueryReader(context.head, allowing: [])
    guard let caller = context.caller else { throw .unauthorized }
    return .now(
      Answers.object(200, context.requestID) { writer in
        writer.field("user", caller.principal.name)
        writer.field("userid", UInt64(caller.principal.userID))
        writer.field("tenant", caller.principal.tenant)
        writer.field("role", caller.role.name)
        if caller.tokenID.isEmpty { writer.nullField("token_id") } else { writer.field("token_id", caller.tokenID) }
      })
  }
}

/// A fresh secret: 256 bits, shown once, kept as a digest only.
public struct TokenSecret: Sendable {
  public let id: String
  public let text: String
  public let digest: Digest

  public init() {
    id = "t" + SecureRandom.bytes(6).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    text = "sluice_" + Base64URL.encode(SecureRandom.bytes(32))
    digest = SHA256.digest(of: Array(text.utf8))
  }
}
