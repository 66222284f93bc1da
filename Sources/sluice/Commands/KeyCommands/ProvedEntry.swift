import APIClient
import Cryptography
import KeyValues
import Vocabulary

/// What a key holds, with the proof that came along.
struct ProvedEntry {
  enum Body {
    case bytes
    case blob(Digest)
    case other
  }

  /// The key that is proved; another than was asked for where a link was followed.
  let key: String
  let revision: UInt64
  /// As the broker gave it, `sha256-…`.
  let root: String
  let body: Body
  private let entry: Entry
  private let storedKey: Key
  private let proof: Proof

  /// - Parameter answer: the object that `proof=true` gives.
  /// - Throws: when it is not complete; nothing is said about its truth.
  init(_ answer: JSONValue) throws(ClientError) {
    guard let key = answer["proved_key"]?.string, let storedKey = try? Key(key), let root = answer["root"]?.string,
      let revision = answer["revision"]?.integer.flatMap({ UInt64(exactly: $0) }),
      let proof = answer["proof"].flatMap({ Proof(json: $0) }), let content = Self.content(answer)
    else { throw ClientError("The broker's answer holds no proof that can be read") }
    self.key = key
    self.storedKey = storedKey
    self.root = root
    self.revision = revision
    self.proof = proof
    switch content {
    case .bytes: body = .bytes
    case .blob(let digest, _): body = .blob(digest)
    case .symlink, .directory: body = .other
    }
    let type = answer["media_type"]?.string.map { MediaType($0) } ?? .octetStream
    entry = Entry(revision: revision, mediaType: type, content: content)
  }

  /// Whether the entry stands at the key under `root`, as far as digests can show.
  func isProved(under root: String) -> Bool {
    guard let root = Self.digest(root) else { return false }
    let function: DigestFunction = { SHA256.digest(of: $0) }
    return Proof.verify(proof, key: storedKey, entry: entry.digest(using: function), root: root, using: function)
  }

  static func digest(_ text: String) -> Digest? {
    text.hasPrefix("sha256-") ? Digest(hex: text.dropFirst(7)) : nil
  }

  private static func content(_ answer: JSONValue) -> EntryContent? {
    switch answer["kind"]?.string {
    case "value": return StoredValue.bytes(in: answer).map { .bytes(Value($0)) }
    case "blob":
      guard let digest = answer["blob"]?.string.flatMap(digest),
        let size = answer["size"]?.integer.flatMap({ Int(exactly: $0) }), size >= 0
      else { return nil }
      return .blob(digest, size: size)
    case "symlink":
      guard let target = answer["target"]?.string.flatMap({ try? Key(directory: $0) }) else { return nil }
      guard let name = answer["namespace"]?.string else { return .symlink(target: target, namespace: nil) }
      return NamespaceName(name).map { .symlink(target: target, namespace: $0) }
    default: return nil
    }
  }
}
