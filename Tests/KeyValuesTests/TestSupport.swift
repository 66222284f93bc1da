import KeyValues
import Vocabulary

/// A small generator (SplitMix64) that repeats its numbers for the same seed.
struct RandomSource: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mixed(state)
  }

  static func mixed(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// No cryptography, but every bit of the message reaches all four words.
let testDigest: DigestFunction = { message in
  var (a, b) = (UInt64(1), UInt64(message.count))
  for byte in message {
    a = (a ^ UInt64(byte)) &* 0x100_0000_01B3
    b = (b &+ a) &* 0x9E37_79B9_7F4A_7C15
    b ^= b >> 29
  }
  return Digest(
    RandomSource.mixed(a ^ b), RandomSource.mixed(a &+ b), RandomSource.mixed(a &* 3 ^ b), RandomSource.mixed(b))
}

func key(_ text: String) -> Key { try! Key(directory: text) }

func bytes(_ text: String) -> EntryContent { .bytes(Value(Array(text.utf8))) }

func moment(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

func makeNamespace(
  _ name: String = "test", quota: NamespaceQuota = .unlimited, retention: HistoryRetention = .standard
) -> Namespace {
  Namespace(name: NamespaceName(name)!, quota: quota, retention: retention, revision: 1, at: moment(0))
}

extension Namespace {
  /// Folds the next commit, a second after the one before.
  mutating func commit(_ changes: Change...) {
    fold(changes, revision: revision + 1, at: moment(Int64(revision)))
  }

  mutating func put(_ name: String, _ text: String) { commit(.put(key(name), bytes(text), .octetStream)) }

  func text(_ name: String) -> String? {
    root.entry(at: key(name))?.value.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  /// All keys, in order.
  var keys: [String] { root.entries(under: .root, limit: .max).items.map(\.key.text) }
}

/// What a snapshot of `namespace` restores, and its chunks.
func snapshot(of namespace: Namespace) -> [[UInt8]] {
  var chunks: [[UInt8]] = []
  namespace.packSnapshot { chunks.append($0) }
  return chunks
}

func restored(_ chunks: [[UInt8]]) throws -> Namespace {
  var restorer = NamespaceRestorer()
  for chunk in chunks { try restorer.add(chunk) }
  return try restorer.finish()
}
