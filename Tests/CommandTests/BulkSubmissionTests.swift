import ArgumentParser
import Testing
import Vocabulary

@testable import sluice

@Suite("Bulk submissions")
struct BulkSubmissionTests {
  private func filled(
    _ text: String, _ inputs: [String], number: Int = 0, hasCopies: Bool = false
  ) throws -> String {
    try InputTemplate(text, inputCount: inputs.count, hasCopies: hasCopies).text(inputs, number: number)
  }

  @Test(
    "Places take inputs, and parts of them",
    arguments: [
      ("{}", "d/a.b.c"), ("<{}{}>", "<d/a.b.cd/a.b.c>"), ("{0}", "d/a.b.c"), ("{.%}", "d/a.b"), ("{.}", "d/a.b"),
      ("{0./}", "a.b.c"), ("{./%}", "a.b"), ("{.//}", "d"), ("{seq}-{seq1}", "7-8"), ("{cc}|", "|"), ("", ""),
    ])
  func places(text: String, expected: String) throws {
    #expect(try filled(text, ["d/a.b.c"], number: 7) == expected)
  }

  @Test("With several lists, places without a number count up in each text")
  func severalLists() throws {
    #expect(try filled("{} {}", ["a.x", "b.y"]) == "a.x b.y")
    #expect(try filled("{.%} {1.%} {0}", ["a.x", "b.y"]) == "a b a.x")
  }

  @Test(
    "Other braces stay as they are",
    arguments: [
      "${HOME}", "{print $1}", "{{id}}", "{{0}}", "{{", "{", "}", "a}{b", "{\"a\": 1}", "{cc}", "{seq2}", "{-1}", "{ }",
    ])
  func otherBraces(text: String) throws {
    let template = try InputTemplate(text, inputCount: 1, hasCopies: true)
    #expect(template.text(["x"], number: 0) == text && !template.isVariable)
  }

  @Test(
    "A place that nothing fills is refused",
    arguments: ["{2}", "{.p2}", "{0.%%}", "{99999999999999999999}", "{} {} {}"])
  func emptyPlaces(text: String) {
    #expect(throws: ValidationError.self) { try InputTemplate(text, inputCount: 2, hasCopies: false) }
  }

  @Test(
    "Parts of paths are Python's",
    arguments: [
      ("a", "a", "a", ""), ("a.b", "a", "a.b", ""), (".b", ".b", ".b", ""), ("..b", "..b", "..b", ""),
      ("x.y/a", "x.y/a", "a", "x.y"), ("x/.b.c", "x/.b", ".b.c", "x"), ("/a", "/a", "a", "/"),
      ("//a", "//a", "a", "//"),
      ("a/b/", "a/b/", "", "a/b"), ("a//b.", "a//b", "b.", "a"), ("é.ü", "é", "é.ü", ""),
    ])
  func paths(path: String, stem: String, name: String, folder: String) {
    #expect(InputEdit.withoutExtension.applied(to: path) == stem)
    #expect(InputEdit.name.applied(to: path) == name)
    #expect(InputEdit.folder.applied(to: path) == folder)
  }

  private func combinations(_ lists: [InputCombinations.List]) throws -> [String] {
    let all = try InputCombinations(lists, limit: 100)
    return (0..<all.count).map { all[$0].joined() }
  }

  @Test("All combinations are made, the last list changing fastest; linked lists take turns")
  func products() throws {
    let (digits, letters) = (
      InputCombinations.List(values: ["1", "2"]), InputCombinations.List(values: ["a", "b", "c"])
    )
    let linked = InputCombinations.List(values: ["x", "y"], isLinked: true)
    #expect(try combinations([digits]) == ["1", "2"])
    #expect(try combinations([digits, letters]) == ["1a", "1b", "1c", "2a", "2b", "2c"])
    #expect(try combinations([digits, linked]) == ["1x", "2y"])
    #expect(try combinations([letters, linked]) == ["ax", "by", "cx"])
    #expect(try combinations([digits, linked, letters]) == ["1xa", "1yb", "1xc", "2ya", "2xb", "2yc"])
  }

  @Test("Too many combinations are refused before they are made, and so are none")
  func extremes() {
    let list = InputCombinations.List(values: Array(repeating: "x", count: 1 << 10))
    #expect(throws: (any Error).self) { try InputCombinations(Array(repeating: list, count: 9), limit: .max) }
    #expect(throws: (any Error).self) { try InputCombinations([list], limit: 1_000) }
    #expect(throws: (any Error).self) { try InputCombinations([list, .init(values: [])], limit: 10_000) }
  }

  @Test("Words are taken apart at their delimiters")
  func words() throws {
    let words = try InputWords(["echo", "{}", ":::", "a", "b", ":::+", "c", "::::", "f", "::::+", "-"])
    #expect(words.command == ["echo", "{}"])
    #expect(
      words.sources == [
        .init(origin: .words(["a", "b"])), .init(origin: .words(["c"]), isLinked: true), .init(origin: .file("f")),
        .init(origin: .file("-"), isLinked: true),
      ])
    let bare = try InputWords([])
    #expect(bare.command == ["{}"] && bare.sources == [.init(origin: .file("-"))])
    #expect(try InputWords([":::", "x"]).command == ["{}"])
  }

  @Test(
    "Delimiters without what they need are refused",
    arguments: [["a", ":::"], ["::::", "f", "g"], [":::+", "a"], ["::::", "-", "::::", "-"], [":::", ":::", "a"]])
  func badWords(words: [String]) { #expect(throws: ValidationError.self) { try InputWords(words) } }

  @Test(
    "Inputs of a file are what stands between separators",
    arguments: [
      ("\\n", "a\nb c\n\n d\n", ["a", "b c", " d"]), ("\\n", "a\r\nb", ["a", "b"]),
      ("none", " a\tb\n c", ["a", "b", "c"]),
      ("\\0", "a\nb\u{0}c\u{0}", ["a\nb", "c"]), (", ", "a, b,c, ", ["a", "b,c"]), (",", "a\r,b\n", ["a\r", "b\n"]),
      ("\\n", "", []), ("ab", "1aab2a", ["1a", "2a"]),
    ])
  func separators(separator: String, content: String, expected: [String]) throws {
    #expect(try InputSeparator(separator).inputs(in: Array(content.utf8), of: "f") == expected)
  }

  @Test("What is no text is refused", arguments: [[0xff], [0x61, 0]])
  func noText(bytes: [UInt8]) {
    #expect(throws: (any Error).self) { try InputSeparator("\\n").inputs(in: bytes, of: "f") }
  }

  private func template(_ arguments: String...) throws -> SubmissionTemplate {
    let command = try #require(try BulkSubmitCommand.parseAsRoot(arguments) as? BulkSubmitCommand)
    let words = try InputWords(command.options.command)
    var options = command.options
    options.command = words.command
    return try SubmissionTemplate(
      options, copies: command.copies, inputCount: words.sources.count, environment: ["A": "{}"], folder: "/work")
  }

  private func line(_ template: SubmissionTemplate, _ inputs: [String], number: Int = 0) throws -> String {
    String(decoding: try template.line(inputs, number: number), as: UTF8.self)
  }

  @Test("Places in options are filled before the options are read; the environment is nobody's template")
  func options() throws {
    let bulk = try template(
      "-n{}", "-t", "{}", "--urgency={}", "--cwd={}", "--env=B={}", "--setattr=user.{}={}", "w", "{}", ":::", "2")
    #expect(
      try line(bulk, ["2"])
        == #"{"command":["w","2"],"ntasks":2,"time_limit":"2m","cwd":"/work/2","urgency":2,"#
        + #""attributes":{"user":{"2":2}},"env":{"A":"{}","B":"2"}}"#)
    #expect(bulk.summary(["2"], number: 0) == "-n2 -t2 --urgency=2 --cwd=2 --env=B=2 --setattr=user.2=2 w 2")
    #expect(throws: ValidationError.self) { try line(bulk, ["many"]) }
  }

  @Test("Copies are the broker's: they keep their places")
  func copies() throws {
    let counted = try template("--cc=0-{}", "w", "{cc}", ":::", "2")
    #expect(
      try line(counted, ["2"])
        == #"{"command":["w","{cc}"],"cwd":"/work","cc":"0-2","env":{"A":"{}"}}"#)
    #expect(try counted.jobCount(["2"], number: 0) == 3 && !counted.hasFixedCount)
    #expect(counted.summary(["2"], number: 0) == "--cc=0-2 w {cc}")
    let blind = try template("--bcc=1", "--throttle=3", "w", ":::", "2")
    #expect(
      try line(blind, ["2"]) == #"{"command":["w"],"cwd":"/work","cc":"1","throttle":3,"env":{"A":"{}"}}"#)
  }

  @Test(
    "What is wrong for all inputs is wrong before anything is read",
    arguments: [
      ["--urgency=x", "w"], ["--cc=x", "w"], ["--cc=0", "--bcc=0", "w"], ["--throttle=1", "w"], ["w", "{1}"],
      ["--cc=0-1", "--signal=@x", "w"], ["-n", "x", "w"], ["--wait-event=start", "--wait", "w"],
    ])
  func wrongForAll(arguments: [String]) {
    #expect(throws: (any Error).self) { try BulkSubmitCommand.parseAsRoot(arguments + [":::", "a"]) }
  }

  @Test("Words are quoted where a shell would take them apart")
  func quoting() {
    #expect(
      ["a-b/c", "", "a b", "it's", "$x"].map(ShellQuoting.quoted) == ["a-b/c", "''", "'a b'", #"'it'\''s'"#, "'$x'"])
  }
}
