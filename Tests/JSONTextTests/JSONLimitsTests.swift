import JSONText
import Testing
import Vocabulary

@Suite struct JSONLimitsTests {
  private func nested(_ depth: Int) -> [UInt8] {
    bytes(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
  }

  @Test("Depth 32 is parsed and 33 refused (J06)")
  func depth() {
    #expect(refusal(of: nested(32)) == nil)
    #expect(refusal(of: nested(33))?.isTooDeep == true)
    #expect(refusal(of: nested(2_048))?.isTooDeep == true)
    let objects = String(repeating: #"{"a":"#, count: 33) + "1" + String(repeating: "}", count: 33)
    #expect(refusal(of: bytes(objects))?.isTooDeep == true)
  }

  @Test("A hundred thousand brackets are refused within five milliseconds (J06)")
  func manyBrackets() {
    let text = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
    let clock = ContinuousClock()
    var isTooDeep = false
    let times = (0..<5).map { _ in clock.measure { isTooDeep = refusal(of: text)?.isTooDeep == true } }
    #expect(isTooDeep)
    #expect(times.min()! < .milliseconds(5))
  }

  @Test("Brackets inside strings are text")
  func bracketsInStrings() throws {
    let text = "[\"" + String(repeating: "[{,\\\"", count: 1_000) + "\"]"
    let value = try JSONText.parse(
      bytes(text), limits: JSONLimits(maximumDepth: 1, maximumValues: 2, maximumBytes: 9_999))
    #expect(value.array?.first?.string?.utf8.count == 4_000)
  }

  @Test("Bytes are counted before anything is read (J07)")
  func length() {
    let limits = JSONLimits(maximumDepth: 4, maximumValues: 4, maximumBytes: 8)
    #expect(refusal(of: bytes("[1,2]   "), limits: limits) == nil)
    #expect(refusal(of: bytes("[1,2]    "), limits: limits)?.kind == .tooManyBytes)
    #expect(refusal(of: [UInt8](repeating: 0x20, count: 256 * 1024 + 1))?.isTooLarge == true)
  }

  @Test(
    "Values are counted exactly",
    arguments: [
      ("[]", 1), ("{}", 1), ("[ ]", 1), ("[[],{}]", 3), ("[1,2,3]", 4), (#"{"a":[],"b":{"c":1}}"#, 4),
      ("[[[[]]]]", 4), ("[{ \n},[\t]]", 3), (#"["[","]"]"#, 3), (#"{"a":",,,"}"#, 2),
    ])
  func counting(text: String, values: Int) {
    let exact = JSONLimits(maximumDepth: 32, maximumValues: values, maximumBytes: 100)
    let tight = JSONLimits(maximumDepth: 32, maximumValues: max(1, values - 1), maximumBytes: 100)
    #expect(refusal(of: bytes(text), limits: exact) == nil)
    if values > 1 { #expect(refusal(of: bytes(text), limits: tight)?.kind == .tooManyValues) }
  }

  @Test("A quarter mebibyte of empty objects is refused before it is parsed (J08)")
  func amplification() {
    let text = "[" + Array(repeating: "{}", count: 87_000).joined(separator: ",") + "]"
    #expect(refusal(of: bytes(text), limits: .storedValue)?.kind == .tooManyValues)
  }
}
