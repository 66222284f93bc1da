import KeyValues
import Vocabulary

/// Makes keys that share prefixes in every way, and changes of them.
struct RandomChanges {
  var random: RandomSource
  private static let segments = [
    "a", "ab", "abc", "a!", "b", "é", "longersegmentname", "longersegmentnome", "c-1", "c-2",
  ]

  init(seed: UInt64) { random = RandomSource(seed: seed) }

  mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

  mutating func key() -> Key {
    let count = [1, 1, 2, 2, 2, 3, 4][number(0..<7)]
    let text = (0..<count).map { _ in Self.segments[number(0..<Self.segments.count)] }.joined(separator: ".")
    return try! Key(text)
  }

  mutating func bytes() -> [UInt8] {
    let count = [0, 1, 5, 40, 300, 16_383, 16_384, 16_385, 40_000][number(0..<(number(0..<20) == 0 ? 9 : 5))]
    let byte = UInt8(truncatingIfNeeded: random.next())
    return Array(repeating: byte, count: count)
  }

  mutating func change() -> Change {
    switch number(0..<20) {
    case 0..<9:
      let mediaType = number(0..<2) == 0 ? MediaType.json : MediaType("text/x-\(number(0..<3))")
      return .put(key(), .bytes(Value(bytes())), mediaType)
    case 9..<12: return .append(key(), bytes())
    case 12..<15: return .delete(key())
    case 15: return .deleteDirectory(number(0..<12) == 0 ? .root : key())
    case 16: return .put(key(), .directory, .octetStream)
    case 17: return .put(key(), .blob(Digest(random.next(), 1, 2, 3), size: number(0..<1_000)), .octetStream)
    default:
      let namespace = number(0..<4) == 0 ? NamespaceName("other") : nil
      let target = number(0..<8) == 0 ? Key.root : key()
      return .put(key(), .symlink(target: target, namespace: namespace), .octetStream)
    }
  }

  mutating func scope() -> Scope {
    switch number(0..<4) {
    case 0: .everything
    case 1: .key(key())
    case 2: .directory(number(0..<8) == 0 ? .root : key())
    default: .directory(key().parent ?? .root)
    }
  }
}
