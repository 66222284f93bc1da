import Testing
import Vocabulary

@Suite struct JobIDTests {
  @Test(
    "F58 agrees with the vectors of RFC 19 and of Flux's own tests",
    arguments: [
      (0, "1"), (1, "2"), (57, "z"), (1234, "NH"), (1888, "ZZ"), (3363, "zz"), (3364, "211"), (4369, "2JL"),
      (65535, "LUv"), (4_294_967_295, "7YXq9G"), (633_528_662, "xyzzy"), (6_731_191_091_817_518, "uZZybuNNy"),
      (18_446_744_073_709_551_614, "jpXCZedGfVP"), (18_446_744_073_709_551_615, "jpXCZedGfVQ"),
    ] as [(UInt64, String)])
  func f58(number: UInt64, digits: String) {
    let id = JobID(number)
    #expect(id.f58 == "f" + digits && id.f58Unicode == "ƒ" + digits)
    var bytes = Array("id=".utf8)
    id.appendF58(to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "id=f" + digits)
    #expect(JobID(parsing: "f" + digits) == id && JobID(parsing: " \tƒ\(digits)\r\n") == id)
  }

  @Test(
    "Other forms agree with the vectors of RFC 19",
    arguments: [
      (6_731_191_091_817_518, "0x17e9fb8df16c2e"), (0xedaf_97d0_0000_0, "0xedaf97d000000"), (0, "0x0"),
      (.max, "0xffffffffffffffff"), (6_731_191_091_817_518, "0017.e9fb.8df1.6c2e"),
      (0xedaf_97d0_0000_0, "000e.daf9.7d00.0000"), (281_470_681_743_360, "0000.ffff.0000.0000"),
      (2_814_797_012_533_261, "a.b.c.d"), (.max, "18446744073709551615"), (0, "0"),
      (12_342_435, "😠🙇📍"), (2_034_152_287_593, "😪🏭🐭🍑👨"), (21_900_760_568_561_664, "🎆🍧🎆🐾🕓😃"),
      (.max, "🚹💗💧👗😷📷📚"), (6_731_191_091_817_518, "reform-remote-galileo--heart-package-academy"),
      (6_731_191_091_817_518, "Reform-REMOTE-galileo-heart-package-academy"),
    ] as [(UInt64, String)])
  func otherForms(number: UInt64, text: String) { #expect(JobID(parsing: text) == JobID(number)) }

  @Test("The examples of RFC 19 in different forms name the same ids")
  func examples() {
    #expect(JobID(6_731_191_091_817_518).words == "reform-remote-galileo--heart-package-academy")
    #expect(JobID(parsing: "0xedaf97d000000")?.words == "random-idea-yoyo--sugar-printer-academy")
    #expect(JobID(6_731_191_091_817_518).milliseconds == 401_210_253)
    #expect(JobID(6_731_191_091_817_518).generator == 15_451)
    #expect(JobID(6_731_191_091_817_518).sequence == 46)
    #expect(JobID(18_446_743_892_750_589_633).emoji == "🚹💗🔥😜💟🎱💃")
    #expect(JobID(0).emoji == "😃")
  }

  @Test("Every form of a random id reads back as the id")
  func roundTrips() {
    let seed = UInt64.random(in: .min ... .max)
    var random = RandomSource(seed: seed)
    for _ in 0..<3000 {
      let id = JobID(random.next() >> UInt64.random(in: 0..<64, using: &random))
      for text in [id.f58, id.f58Unicode, id.decimal, id.hex, id.dothex, id.words, id.emoji] {
        #expect(JobID(parsing: text) == id, "seed \(seed), \(text)")
      }
    }
  }

  @Test(
    "What is not an id is refused",
    arguments: [
      "", " ", "f", "ƒ", "f0", "fO", "fl", "fI", "fuZZ ybuNNy", "fé", "fjpXCZedGfVR", "fzzzzzzzzzzz",
      "f111111111111",
      "0x", "0xg", "0x10000000000000000", "0X1", "18446744073709551616", "99999999999999999999999", "01",
      "-1", "+1",
      "1 2", "1.2", "1.2.3", "1.2.3.4.5", "00000.0.0.0", ".1.2.3", "1..2.3", "f.1.2.3.", "😃x", "🫠",
      "🚹💗💧👗😷📷🎌", "😃😃😃😃😃😃😃😃", "a-b", "-reform-remote-galileo-heart-package-academy", "reform-remote",
      "reform-remote-galileo--heart-package-nosuchword", "amen-amen-amen-amen-amen-amen", "1\u{0}",
      String(repeating: "1", count: 10_000), "../../etc", "f%31",
    ])
  func refused(text: String) { #expect(JobID(parsing: text) == nil) }

  @Test("Ids rise whatever the clock does, and a used-up millisecond borrows from the next")
  func successors() {
    var id = JobID(milliseconds: 100, generator: 5, sequence: 0)
    #expect(id.next(atLeast: 200, generator: 5) == JobID(milliseconds: 200, generator: 5, sequence: 0))
    for count in 1...3000 {
      let next = id.next(atLeast: count < 1500 ? 100 : 50, generator: 5)
      #expect(next > id && next.generator == 5)
      id = next
    }
    #expect(id == JobID(milliseconds: 102, generator: 5, sequence: 3000 - 2048))
    #expect(id == JobID(milliseconds: 100, generator: 5, sequence: 0).advanced(by: 3000))
    #expect(id.advanced(by: -3000) == JobID(milliseconds: 100, generator: 5, sequence: 0))
    #expect(id.next(atLeast: 102, generator: 6) == JobID(milliseconds: 103, generator: 6, sequence: 0))
    let late = JobID(milliseconds: JobID.millisecondCount - 1, generator: 16_383, sequence: 1023)
    #expect(late.rawValue == .max && late.generator == 16_383 && late.sequence == 1023)
  }
}
