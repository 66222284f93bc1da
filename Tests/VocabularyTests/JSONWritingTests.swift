import Testing
import Vocabulary

@Suite struct JSONWritingTests {
  @Test("Values render compactly, in order, with everything escaped that must be")
  func values() {
    let value: JSONValue = .object([
      "b": .array([.null, .bool(true), .bool(false), .integer(-7), .integer(.min), .integer(.max)]),
      "a \"quoted\"\\": .string("tab\t nl\n cr\r bs\u{8} ff\u{c} nul\u{0} esc\u{1b} é ƒ 😃 \u{7f}\u{202e}/"),
      "": .object([:]), "e": .array([]),
    ])
    #expect(
      value.jsonText
        == #"{"b":[null,true,false,-7,-9223372036854775808,9223372036854775807],"a \"quoted\"\\":"tab\t nl\n cr\r"#
        + #" bs\b ff\f nul\u0000 esc\u001b é ƒ 😃 "# + "\u{7f}\u{202e}" + #"/","":{},"e":[]}"#)
  }

  @Test(
    "Reals stay reals and read back exactly",
    arguments: [
      0.0, -0.0, 1.0, 1.5, 0.1, 1e16, 1e20, 1e-7, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
      1_700_000_000.123456, 1 / 3,
    ] as [Double])
  func reals(number: Double) throws {
    let text = JSONValue.real(number).jsonText
    let back = try #require(Double(text))
    #expect(back == number && back.sign == number.sign)
    #expect(text.contains(".") || text.contains("e"))
    #expect(text.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) })
  }

  @Test("What JSON cannot write is null", arguments: [Double.nan, .infinity, -.infinity])
  func notNumbers(number: Double) { #expect(JSONValue.real(number).jsonText == "null") }

  @Test("The writer writes what the tree would")
  func writer() {
    var writer = JSONWriter()
    writer.object { job in
      job.field("id", JobID(6_731_191_091_817_518))
      job.field("name", "a\"b")
      job.field("urgency", 16)
      job.field("big", UInt64.max)
      job.field("negative", Int64.min)
      job.field("t", 0.5)
      job.field("done", false)
      job.field("at", Timestamp(microseconds: 0))
      job.nullField("result")
      job.field("state", static: "SCHED")
      job.field("attributes", JSONValue.object(["x": .integer(1)]))
      job.field("raw", raw: Array("[1]".utf8))
      job.array("events") { events in
        for number in 0..<3 { events.object { $0.field("n", number) } }
        events.value("last")
        events.array { _ in }
      }
      job.object("empty") { _ in }
      job.name(escaping: "é\n")
      job.value(static: "x")
    }
    #expect(
      String(decoding: writer.take(), as: UTF8.self)
        == #"{"id":"fuZZybuNNy","name":"a\"b","urgency":16,"big":18446744073709551615,"#
        + #""negative":-9223372036854775808,"t":0.5,"done":false,"at":"1970-01-01T00:00:00.000000Z","result":null,"#
        + #""state":"SCHED","attributes":{"x":1},"raw":[1],"events":[{"n":0},{"n":1},{"n":2},"last",[]],"empty":{},"#
        + #""é\n":"x"}"#)
    writer.value(1)
    #expect(writer.take() == Array("1".utf8))
  }

  @Test("Every single byte that must be escaped is, wherever it stands")
  func everyControl() {
    for scalar in (0..<128).map({ Unicode.Scalar(UInt8($0)) }) {
      for text in ["\(scalar)", "x\(scalar)", "\(scalar)y", "12345678\(scalar)12345678901234567890"] {
        let rendered = Array(JSONValue.string(text).jsonText.utf8.dropFirst().dropLast())
        #expect(rendered.allSatisfy { $0 >= 0x20 })
        if scalar == "\"" || scalar == "\\" || scalar.value < 0x20 {
          #expect(rendered.contains(UInt8(ascii: "\\")) && rendered.count > text.utf8.count)
        } else {
          #expect(rendered == Array(text.utf8))
        }
      }
    }
  }

  @Test("Decimal numbers of every length agree with the library")
  func decimals() {
    var number: UInt64 = 1
    for _ in 0..<20 {
      for value in [number - 1, number, number + 1] {
        var writer = JSONWriter()
        writer.value(value)
        #expect(writer.take() == Array(String(value).utf8))
      }
      number = number.multipliedReportingOverflow(by: 10).overflow ? .max - 1 : number * 10
    }
  }
}
