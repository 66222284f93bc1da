import BrokerCore
import Cryptography
import Dispatch
import Glibc
import Hosting
import Persistent
import RESTAPI
import Vocabulary

/// The token in `owner.token`, by which the instance's owner signs in over HTTPS.
enum OwnerToken {
  /// A commit at the first start takes milliseconds.
  private static let patienceSeconds = 30.0

  /// Mints one unless the file holds one that the broker knows.
  static func keep(in directory: String, _ broker: Broker) throws {
    let path = "\(directory)/owner.token"
    if let bytes = try SecretFile.read(path) {
      let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
      let digest = SHA256.digest(of: Array(text.utf8))
      if broker.withSnapshot({ $0.tokens[digest] }) != nil { return }
    }
    let secret = TokenSecret()
    // The file first: a crash in between leaves a secret that opens nothing, and the next start mints another.
    try SecretFile.write(Array("\(secret.text)\n".utf8), to: path)
    let uid = geteuid()
    let request = TokenRequest(
      id: secret.id, digest: secret.digest, user: HostUsers.name(of: uid) ?? "uid\(uid)", suggestedUserID: uid,
      role: .owner, lifetime: nil, note: "minted at the first start")
    let durable = DispatchSemaphore(value: 0)
    broker.post(.issueToken(request)) { _ in durable.signal() }
    guard durable.wait(timeout: .now() + patienceSeconds) == .success else {
      throw StartError("the owner's token could not be made durable")
    }
  }
}

/// Why the broker does not start, in a sentence.
struct StartError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
