import Jobspec
import Testing
import Vocabulary

/// Random numbers that a seed repeats.
private struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite struct RequestFuzzTests {
  private static let rounds = 4_000

  /// Changes some bytes of a text to others that such texts have.
  private func damaged(_ text: String, _ alphabet: [UInt8], _ numbers: inout SeededNumbers) -> String {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &numbers) where !bytes.isEmpty {
      let index = Int.random(in: bytes.indices, using: &numbers)
      let byte = alphabet.randomElement(using: &numbers) ?? 0
      switch Int.random(in: 0..<3, using: &numbers) {
      case 0: bytes[index] = byte
      case 1: bytes.insert(byte, at: index)
      default: bytes.remove(at: index)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("Damaged queries are refused, or are constraints that read back the same")
  func queries() throws {
    let seed = UInt64.random(in: .min ... .max)
    var numbers = SeededNumbers(state: seed)
    var taken = 0
    for _ in 0..<Self.rounds {
      let text = damaged("(a|-b,^c) and not host:'n[0-3]' rank:1-2,7", Array("()|&-^:,'\" []and7\u{E9}".utf8), &numbers)
      guard let constraint = try? ConstraintQuery.parse(text) else { continue }
      taken += 1
      #expect(try Constraint.parse(constraint.rendered()) == constraint, "seed \(seed): \(text)")
    }
    #expect(taken > 0 && taken < Self.rounds, "seed \(seed)")
  }

  @Test("Damaged shapes are refused, or make jobspecs that read and unpack the same")
  func shapes() throws {
    let seed = UInt64.random(in: .min ... .max)
    var numbers = SeededNumbers(state: seed)
    var taken = 0
    for _ in 0..<Self.rounds {
      let text = damaged(
        "node=2-8:2/[or_slot=3{s,-x}/[core=4+;memory=2{unit:GB}];or_slot=3{s}/gpu{id:'0-3'}]",
        Array("[]{}/;=,:+-*^'x0192 s_".utf8), &numbers)
      let fields: JSONValue = .object(["command": .array([.string("a")]), "shape": .string(text)])
      guard let jobspec = try? SubmissionRequest.parse(fields).jobspec else { continue }
      taken += 1
      #expect(try Jobspec.parse(jobspec.rendered()) == jobspec, "seed \(seed): \(text)")
      var writer = PackedWriter()
      jobspec.pack(into: &writer)
      var reader = PackedReader(writer.bytes)
      #expect(try Jobspec(unpacking: &reader).demand == jobspec.demand, "seed \(seed): \(text)")
    }
    #expect(taken > 0 && taken < Self.rounds, "seed \(seed)")
  }

  @Test("Damaged counts are refused, or keep to the rules of ranges")
  func counts() {
    let seed = UInt64.random(in: .min ... .max)
    var numbers = SeededNumbers(state: seed)
    var taken = 0
    for _ in 0..<Self.rounds {
      let text = damaged(
        ["2-8:2:*", "4+:3", "1-4,8", "2+:2:^"].randomElement(using: &numbers) ?? "", Array("0123-+:*^,[]".utf8),
        &numbers)
      guard let count = ResourceCount(parsing: text) else { continue }
      taken += 1
      #expect(count.minimum >= 1, "seed \(seed): \(text)")
      #expect(count.acceptable(atMost: count.minimum) == count.minimum, "seed \(seed): \(text)")
      #expect(count.acceptable(atMost: count.minimum - 1) == nil, "seed \(seed): \(text)")
      if let maximum = count.maximum { #expect(count.acceptable(atMost: .max) == maximum, "seed \(seed): \(text)") }
    }
    #expect(taken > 0 && taken < Self.rounds, "seed \(seed)")
  }
}
