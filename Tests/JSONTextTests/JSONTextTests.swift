import JSONText
import Testing
import Vocabulary

/// Bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// The error for a text that must be refused.
func refusal(
  of text: [UInt8], limits: JSONLimits = .body, root: JSONText.Root = .container
) -> JSONSyntaxError? {
  do throws(JSONSyntaxError) {
    _ = try JSONText.parse(text, limits: limits, root: root)
    return nil
  } catch {
    return error
  }
}

@Suite struct JSONTextTests {
  @Test("A text of every kind of value becomes that value, in the order of the text")
  func everyKind() throws {
    let text =
      #"{"z":[null,true,false],"a":{"i":-9223372036854775808,"r":1.5e3,"#
      + #""s":"é\n\ud83c\udf0a/\/"},"":9223372036854775807}"#
    let value = try JSONText.parse(bytes(text))
    let expected: JSONValue = .object([
      "z": .array([.null, .bool(true), .bool(false)]),
      "a": .object(["i": .integer(.min), "r": .real(1_500), "s": .string("é\n🌊//")]),
      "": .integer(.max),
    ])
    #expect(value == expected)
    #expect(value.object?.members.map(\.name) == ["z", "a", ""])
  }

  @Test("Integers and reals stay apart, and minus zero is zero")
  func numbers() throws {
    let value = try JSONText.parse(bytes("[1,1.0,1E2,-0,0.0,-0.0,5e-307]"))
    #expect(
      value == .array([.integer(1), .real(1), .real(100), .integer(0), .real(0), .real(0), .real(5e-307)]))
  }

  @Test(
    "An outermost scalar is refused, unless any value may be outermost",
    arguments: ["null", "1", "\"x\"", "true"])
  func outermostScalars(text: String) throws {
    #expect(refusal(of: bytes(text)) != nil)
    #expect(refusal(of: bytes(text), root: .any) == nil)
  }

  @Test("A body that must be an object is refused when it is an array")
  func objectsOnly() throws {
    #expect(throws: JSONSyntaxError.self) { try JSONText.parseObject(bytes("[]")) }
    #expect(try JSONText.parseObject(bytes("{}")).isEmpty)
    #expect(try JSONText.parseObject(bytes(#"x{"a":1}"#)[1...])["a"] == .integer(1))
  }

  @Test(
    "Malformed texts are refused (J04, J09, J10, J15)",
    arguments: [
      "", " \n", "{} x", "{}{}", "\u{FEFF}{}", "{}\0", "{\"a\":1,}", "[1,]", "[1 2]", "{'a':1}", "// x\n{}",
      "/**/{}",
      "[NaN]", "[Infinity]", "[01]", "[+1]", "[0x10]", "[.5]", "[1.]", "[1e]", "[\"\\ud800\"]",
      "[\"\\udc00\"]",
      "[\"\\u0000\"]", "{\"\\u0000\":1}", "[\"a\nb\"]", "[\"\\x\"]", "[\"", "[", "{", "{\"a\"", "]", "}",
      "[}", "{]",
      "[9223372036854775808]", "[-9223372036854775809]", "[1e400]", "[-1e400]", "[tru]", "[nul]", "{1:2}",
      "[\"a\":1]",
    ])
  func malformed(text: String) throws {
    let error = try #require(refusal(of: bytes(text)))
    #expect(error.kind == .malformed)
    #expect(!error.reason.isEmpty)
    #expect(error.line >= 1 && error.column >= 1)
  }

  @Test(
    "Bytes that are not UTF-8 are refused",
    arguments: [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80]]
      as [[UInt8]])
  func notUTF8(sequence: [UInt8]) {
    #expect(refusal(of: bytes("[\"") + sequence + bytes("\"]"))?.kind == .malformed)
  }

  @Test(
    "A number that would vanish is refused, a true zero is not",
    arguments: [
      ("1e-400", false), ("-1E-308", false), ("0.0000001e-301", false), ("1000e-400", false),
      ("0e-400", true),
      ("0.000e-999999999999", true), ("1e-307", true), ("1e+5", true), ("12345678901234567890e-300", true),
    ])
  func vanishing(number: String, isAccepted: Bool) {
    #expect((refusal(of: bytes("[\(number)]")) == nil) == isAccepted)
    let digits = "0." + String(repeating: "0", count: 310) + "1"
    #expect(refusal(of: bytes("[\(digits)]"))?.kind == .malformed)
  }

  @Test("A duplicate name is refused and named, however it is written (J05)")
  func duplicates() {
    #expect(refusal(of: bytes(#"{"tasks":1,"tasks":2}"#))?.kind == .duplicateName("tasks"))
    #expect(refusal(of: bytes(#"{"tasks":1,"\u0074asks":2}"#))?.kind == .duplicateName(#"\u0074asks"#))
    let long = String(repeating: "n", count: 100)
    let error = refusal(of: bytes("{\n \"a\":[{\"\(long)\":1, \"\(long)\":2}]}"))
    #expect(error?.kind == .duplicateName(String(long.prefix(64))))
    #expect(error?.line == 2)
    #expect(refusal(of: bytes(#"[{"a":{"b":1}},{"a":{"b":1}}]"#)) == nil)
  }

  @Test("Errors say where")
  func positions() {
    #expect(refusal(of: bytes("{\n  \"a\": tru\n}"))?.line == 2)
    let control = refusal(of: bytes("{\n\"a\": \"x\ty\"}"))
    #expect(control?.line == 2)
    #expect(control?.column == 8)
  }
}
