import ArgumentParser
import JSONText
import Testing
import Vocabulary

@testable import sluice

@Suite("A job's events as lines")
struct EventLinesTests {
  private static let log = [
    #"{"timestamp":1795469573.892261,"name":"submit","context":{"userid":0,"flags":0}}"#,
    #"{"timestamp":"2026-11-23T21:32:53.997527Z","name":"exception","context":{"type":"ex ec","severity":0,"x":null}}"#,
    #"{"id":"f1","timestamp":1795469600.000001,"name":"clean"}"#,
  ]

  private func shown(_ arguments: String...) throws -> [String] {
    let options = try EventLineOptions.parse(arguments)
    var lines = options.lines(otherwise: .text)
    return try Self.log.map { lines.line(try JSONText.parse(Array($0.utf8))) }
  }

  @Test("are words with seconds since 1970, whichever way the broker writes times")
  func raw() throws {
    let expected = [
      "1795469573.892261 submit userid=0 flags=0",
      #"1795469573.997527 exception type="ex ec" severity=0 x=null"#, "1795469600.000001 clean",
    ]
    #expect(try shown() == expected && shown("-T", "raw") == expected)
  }

  @Test("have times as asked for")
  func times() throws {
    func times(_ arguments: String...) throws -> [String] {
      let options = try EventLineOptions.parse(arguments)
      var lines = options.lines(otherwise: .json)
      return try Self.log.map { text in
        String(lines.line(try JSONText.parse(Array(text.utf8))).prefix { !"sec".contains($0) })
      }
    }
    #expect(try times("--time-format=offset") == ["0.000000 ", "0.105266 ", "26.107740 "])
    #expect(try times("-Tiso").last == "2026-11-23T21:33:20.000001Z ")
    #expect(try times("-H") == ["[Nov23 21:32] ", "[  +0.105266] ", "[Nov23 21:33] "])
  }

  @Test("are RFC 18's JSON and nothing more")
  func json() throws {
    let lines = try shown("--format=json")
    #expect(lines[0] == Self.log[0])
    #expect(lines[1].hasPrefix(#"{"timestamp":1795469573.997527,"name":"exception","context":{"type":"#))
    #expect(lines[2] == #"{"timestamp":1795469600.000001,"name":"clean"}"#)
  }

  @Test(
    "are asked for in ways that go together",
    arguments: [["-f", "json", "-H"], ["-H", "-Tiso"], ["-fxml"], ["-Tlocal"]])
  func contradictions(arguments: [String]) {
    #expect(throws: (any Error).self) { try EventLineOptions.parse(arguments) }
  }

  @Test("match by name, context and number")
  func matching() throws {
    func place(_ name: String, _ context: String? = nil, count: Int = 1) throws -> Int? {
      var match = try EventMatch(name, context: context, count: count)
      return try (Self.log + Self.log).firstIndex { match.ends(with: try JSONText.parse(Array($0.utf8))) }
    }
    #expect(try place("submit") == 0 && place("submit", count: 2) == 3 && place("submit", count: 3) == nil)
    #expect(try place("exception", "severity=0") == 1 && place("exception", "severity=1") == nil)
    #expect(try place("exception", "type=ex ec") == 1 && place("exception", #"type="ex ec""#) == 1)
    #expect(try place("exception", "x=null") == 1 && place("exception", "y=null") == nil)
    #expect(try place("submit", "userid= 0") == 0 && place("clean", "a=b") == nil && place("sub") == nil)
    for bad in ["", "severity", "=0"] {
      #expect(throws: ValidationError.self, "\(bad)") { try EventMatch("submit", context: bad) }
    }
    #expect(throws: ValidationError.self) { try EventMatch("") }
    #expect(throws: ValidationError.self) { try EventMatch("submit", count: 0) }
  }
}
