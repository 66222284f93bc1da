import BrokerCore
import Cryptography
import Glibc
import HTTPServing
import Hosting
import Jobs
import Persistent
import Vocabulary

/// Decides who a request comes from: a bearer token, or the peer of a Unix socket.
///
/// Only `Authorization` and the socket's own credentials carry identity; no other header does.
struct SignIn: Sendable {
  /// Longer ones are refused unread: our own tokens have 50 characters.
  static let maximumCredentialBytes = 4_096
  /// The user that this process runs as: the instance's owner.
  let ownerUserID: UInt32
  let broker: Broker
  let jobCredential: JobCredential

  /// - Throws: the same 401 whatever the reason.
  func caller(of head: HTTPRequestHead) throws(Problem) -> Caller {
    guard let credential = head.header("authorization") else {
      if case .unix(let uid, _, _) = head.peer { return peer(uid) }
      throw .unauthorized
    }
    guard let secret = Self.bearerSecret(credential) else { throw .unauthorized }
    if let attempt = jobCredential.attempt(of: secret) { return try job(attempt) }
    let digest = SHA256.digest(of: Array(secret.utf8))
    let token = broker.withSnapshot { $0.tokens[digest] }
    guard let token, token.isValid(at: broker.ports.now()) else { throw .unauthorized }
    return Caller(principal: token.principal, role: token.role, tokenID: token.id, tokenDigest: digest, attempt: nil)
  }

  /// A job acts as its owner, but never as the instance's, and only while it runs.
  private func job(_ attempt: AttemptID) throws(Problem) -> Caller {
    guard let owner = runningOwner(attempt) else { throw .unauthorized }
    let name = "\(attempt.job.f58).\(attempt.attempt)"
    return Caller(principal: owner, role: .user, tokenID: name, tokenDigest: nil, attempt: attempt)
  }

  private func runningOwner(_ attempt: AttemptID) -> Principal? {
    broker.withSnapshot { state in
      guard let job = state.jobs[attempt.job], job.attempt == attempt.attempt, job.phase.isExecuting else { return nil }
      return job.owner
    }
  }

  /// Whether what let the caller in would still do so.
  func isStillValid(_ caller: Caller) -> Bool {
    if let attempt = caller.attempt { return runningOwner(attempt) != nil }
    guard let digest = caller.tokenDigest else { return true }
    return broker.withSnapshot { $0.tokens[digest] }?.isValid(at: broker.ports.now()) ?? false
  }

  /// The scheme is case-insensitive and followed by exactly one space.
  /// - Source: RFC 9110 §11.1, RFC 6750 §2.1.
  static func bearerSecret(_ credential: String) -> Substring? {
    let utf8 = credential.utf8
    guard utf8.count <= maximumCredentialBytes, utf8.count > 7 else { return nil }
    let scheme = credential.prefix(7)
    guard scheme.lowercased() == "bearer " else { return nil }
    let secret = credential.dropFirst(7)
    let isToken68 = secret.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || [
          UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "+"),
          UInt8(ascii: "/"),
        ]
        .contains(byte)
    }
    return isToken68 ? secret : nil
  }

  private func peer(_ uid: UInt32) -> Caller {
    let name = HostUsers.name(of: uid) ?? "uid\(uid)"
    let known = broker.withSnapshot { $0.users[name] }
    let principal = known ?? Principal(name: name, userID: uid, tenant: BrokerState.defaultTenant)
    return Caller(
      principal: principal, role: uid == ownerUserID ? .owner : .user, tokenID: "", tokenDigest: nil, attempt: nil)
  }
}
