import ArgumentParser
import Testing
import Vocabulary

@testable import sluice

@Suite("A format of lines") struct OutputFormatTests {
  private let job = JSONValue.object([
    "id": .string("f1"), "ntasks": .integer(12), "result": .null,
    "exception": .object(["type": .string("ca\u{1b}ncel")]),
  ])

  @Test(
    "puts fields where their braces are",
    arguments: [
      ("{id}", "f1"), ("<{id:>5}|{ntasks:<4}|{id:4}>", "<   f1|12  |f1  >"), ("{exception.type:.2}!", "ca!"),
      ("{result} {nothing}", "- -"), ("plain", "plain"), ("{id:<8}", "f1"),
    ])
  func lines(_ format: String, _ expected: String) throws {
    #expect(try OutputFormat(format).line(job) == expected)
  }

  @Test("lets no control character of others through")
  func control() throws {
    #expect(try !OutputFormat("{exception.type}").line(job).contains("\u{1b}"))
  }

  @Test("has headings as wide as its fields")
  func header() throws {
    #expect(try OutputFormat("{id:>6} {exception.type:<16.2}|").header == "    ID EXCEPTION.TYPE  |")
  }

  @Test(
    "is refused where it cannot be read",
    arguments: ["{id", "{}", "{id:x}", "{id:>1001}", "{id:<3.}", "{id:<8.-1}", "{id:<-8}"])
  func refusals(_ format: String) {
    #expect(throws: ValidationError.self) { try OutputFormat(format) }
  }
}
