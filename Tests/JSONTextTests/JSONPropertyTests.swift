import JSONText
import Testing
import Vocabulary

/// Random values and random damage; a failure prints its seed.
@Suite struct JSONPropertyTests {
  /// SplitMix64: small, and the same everywhere.
  private struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static func seed() -> UInt64 {
    let seed = UInt64.random(in: .min ... .max)
    print("seed \(seed)")
    return seed
  }

  private func text(_ random: inout Random) -> String {
    let alphabet: [Unicode.Scalar] = [
      "a", "Z", "\"", "\\", "/", "\n", "\u{1}", "\u{7F}", "é", "漢", "🌊", "[", "{", ",",
    ]
    var result = ""
    for _ in 0..<Int.random(in: 0...12, using: &random) {
      result.unicodeScalars.append(alphabet.randomElement(using: &random)!)
    }
    return result
  }

  private func value(_ random: inout Random, depth: Int) -> JSONValue {
    switch Int.random(in: 0...(depth > 0 ? 7 : 5), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .integer(.random(in: .min ... .max, using: &random))
    case 3: return .integer(.random(in: -9...9, using: &random))
    case 4: return .real(.random(in: -1e9...1e9, using: &random))
    case 5: return .string(text(&random))
    case 6:
      return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in value(&random, depth: depth - 1) })
    default:
      var object = JSONObject()
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        object[text(&random)] = value(&random, depth: depth - 1)
      }
      return .object(object)
    }
  }

  @Test("A value written as text and parsed again is the same value")
  func roundTrips() throws {
    let seed = Self.seed()
    var random = Random(state: seed)
    for _ in 0..<3_000 {
      let value = value(&random, depth: 5)
      var text: [UInt8] = []
      value.appendJSON(to: &text)
      let parsed = try JSONText.parse(text, root: .any)
      #expect(parsed == value, "seed \(seed)")
    }
  }

  @Test("Damaged texts are parsed or refused, and what is parsed survives another round trip")
  func damage() throws {
    let seed = Self.seed()
    var random = Random(state: seed)
    let patches = Array("{}[]\",:\\\0\n0eE-+.tfn \u{FF}é".utf8) + [0xFF, 0xC0, 0x80]
    var refused = 0
    var parsed = 0
    for _ in 0..<20_000 {
      var text: [UInt8] = []
      value(&random, depth: 4).appendJSON(to: &text)
      for _ in 0..<Int.random(in: 1...3, using: &random) where !text.isEmpty {
        let index = text.indices.randomElement(using: &random)!
        switch Int.random(in: 0...3, using: &random) {
        case 0: text[index] = patches.randomElement(using: &random)!
        case 1: text.remove(at: index)
        case 2: text.insert(patches.randomElement(using: &random)!, at: index)
        default: text.removeSubrange(index...)
        }
      }
      guard let value = try? JSONText.parse(text, root: .any) else {
        refused += 1
        continue
      }
      parsed += 1
      var again: [UInt8] = []
      value.appendJSON(to: &again)
      #expect(try JSONText.parse(again, root: .any) == value, "seed \(seed)")
    }
    #expect(refused > 1_000 && parsed > 100)
  }
}
