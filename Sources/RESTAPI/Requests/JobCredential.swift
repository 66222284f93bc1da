public import BrokerCore
import Cryptography
import Vocabulary

/// The tokens of running jobs: nothing is stored, the broker knows its own mark.
///
///     sluicejob_<job in F58>_<attempt>_<HMAC-SHA256 of both, base64url>
///
/// Good for as long as the attempt runs, and then for nothing: whether it does is asked of the state each time.
public struct JobCredential: Sendable {
  private static let prefix = "sluicejob_"

  private let key: [UInt8]

  /// - Parameter key: 32 secret bytes, the same for the life of the instance.
  public init(key: [UInt8]) { self.key = key }

  /// The token of an attempt.
  public func text(for attempt: AttemptID) -> String {
    let name = "\(attempt.job.f58)_\(attempt.attempt)"
    return "\(Self.prefix)\(name)_\(Base64URL.encode(tag(name).bytes))"
  }

  /// Whose token this is; `nil` for anything that is none of ours.
  func attempt(of secret: some StringProtocol) -> AttemptID? {
    guard secret.hasPrefix(Self.prefix) else { return nil }
    let parts = secret.dropFirst(Self.prefix.count).split(
      separator: "_", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let job = JobID(parsing: String(parts[0])), let attempt = UInt32(parts[1]),
      let bytes = Base64URL.decode(parts[2]), let given = Digest(bytes: bytes)
    else { return nil }
    guard ConstantTime.equal(given, tag("\(job.f58)_\(attempt)")) else { return nil }
    return AttemptID(job: job, attempt: attempt)
  }

  private func tag(_ name: String) -> Digest { HMACSHA256.tag(of: Array("job token \(name)".utf8), key: key) }
}
