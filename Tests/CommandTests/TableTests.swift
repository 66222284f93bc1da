import Testing
import Vocabulary

@testable import sluice

@Suite("Tables")
struct TableTests {
  private let plain = Terminal(isTerminal: false, environment: [:])
  private let coloured = Terminal(isTerminal: true, width: 30, environment: ["LANG": "en_US.UTF-8"])

  private func sample() -> Table {
    var table = Table([.init("NAME", maximumWidth: 6), .init("N", .right), .init("INFO")])
    table.append(["a", "5", "x"])
    table.append(["longer name", "100", .init("", .red)])
    return table
  }

  @Test(
    "Columns are as wide as their widest text, up to their limit"
  )
  func alignment() {
    #expect(sample().lines(for: plain) == ["NAME      N  INFO", "a         5  x", "longe…  100  "])
    #expect(sample().lines(for: plain, withHeader: false).count == 2)
  }

  @Test("Colour appears on a terminal only, and not against NO_COLOR")
  func colour() {
    #expect(plain.styled("x", .red) == "x")
    #expect(coloured.styled("x", .red) == "\u{1b}[31mx\u{1b}[0m")
    let quiet = Terminal(isTerminal: true, environment: ["NO_COLOR": "1"])
    #expect(quiet.styled("x", .red) == "x")
    #expect(Terminal(isTerminal: true, environment: ["NO_COLOR": ""]).styled("x", .red) != "x")
  }

  @Test("The last column is cut to the terminal's width, and nowhere else")
  func width() {
    var table = Table([.init("A"), .init("B", maximumWidth: 200)])
    table.append(["1", .init(String(repeating: "y", count: 100))])
    #expect(table.lines(for: coloured).allSatisfy { $0.count <= 30 + 20 })
    #expect(table.lines(for: plain)[1].count == 103)
    #expect(table.lines(for: coloured)[1].hasSuffix("y…"))
  }

  @Test("What a terminal would act upon is replaced")
  func harmless() {
    #expect(Terminal.harmless("a\u{1b}[31mb\nc\u{202e}d") == "a\u{fffd}[31mb\u{fffd}c\u{fffd}d")
    #expect(Terminal.harmless("ƒé 漢") == "ƒé 漢")
  }

  @Test("Ids are shown with ƒ on a UTF-8 terminal only")
  func ids() {
    #expect(coloured.jobID("f12") == "ƒ12")
    #expect(plain.jobID("f12") == "f12")
    #expect(
      Terminal(isTerminal: true, environment: ["LC_ALL": "C", "LANG": "de.UTF-8"]).jobID("f12") == "f12")
  }

  @Test("A job's row has Flux's columns and abbreviations")
  func jobs() {
    var table = JobTable(now: Timestamp(microseconds: 1_000_000_000_000_000), terminal: plain)
    table.append(
      .object([
        "id": .string("f2A"), "user": .string("ada"), "name": .string("sim"), "state": .string("INACTIVE"),
        "result": .string("FAILED"), "ntasks": .integer(4), "nnodes": .integer(2),
        "t_run": .string("2001-09-09T01:00:00Z"), "t_cleanup": .string("2001-09-09T01:01:30Z"),
        "nodelist": .string("n[1-2]"),
      ]))
    table.append(.object(["id": .string("f2B"), "state": .string("SCHED"), "result": .null]))
    #expect(
      table.lines(withHeader: true) == [
        "JOBID  USER  NAME  ST  NTASKS  NNODES  TIME  INFO",
        "f2A    ada   sim   F        4       2  1.5m  n[1-2]",
        "f2B    -     -     S        -       -     -  ",
      ])
  }

  @Test(
    "Durations have four digits in the largest unit that fits",
    arguments: [
      (0.0, "0s"), (0.0123, "0.012s"), (9.9994, "9.999s"), (59.96, "59.96s"), (90.0, "1.5m"), (3_600.0, "1h"),
      (280_800.0, "3.25d"), (86_400_000.0, "1000d"),
    ])
  func durations(seconds: Double, text: String) { #expect(JobTable.duration(seconds) == text) }
}
