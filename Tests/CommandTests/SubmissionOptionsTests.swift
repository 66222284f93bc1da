import ArgumentParser
import Testing
import Vocabulary

@testable import sluice

@Suite("Submission options")
struct SubmissionOptionsTests {
  private func request(_ arguments: String...) throws -> JSONObject {
    let command = try #require(try SubmitCommand.parseAsRoot(arguments) as? SubmitCommand)
    return try command.options.request(environment: ["A": "1"], folder: "/work")
  }

  @Test("A bare command asks for nothing but itself, here, with this environment")
  func bare() throws {
    let expected: JSONObject = [
      "command": .array([.string("hostname"), .string("-f")]), "cwd": .string("/work"),
      "env": .object(["A": .string("1")]),
    ]
    #expect(try request("hostname", "-f") == expected)
  }

  @Test("Flux's options become the API's fields; those of the command stay its own")
  func options() throws {
    let body = try request(
      "-n4", "-N", "2", "-c3", "-g", "1", "-t", "5", "--job-name=x", "--queue=q", "--urgency=hold",
      "--cwd=sub",
      "--output=o.{{id}}", "--error=e", "--input=i", "--memory=4G", "-x", "--env=B=2", "--env=-A",
      "--flags=debug,waitable", "./work", "-n", "9", "--cwd=z")
    for (name, value) in [
      ("ntasks", JSONValue.integer(4)), ("nnodes", .integer(2)), ("cores_per_task", .integer(3)),
      ("gpus_per_task", .integer(1)), ("time_limit", .string("5m")), ("name", .string("x")),
      ("queue", .string("q")),
      ("urgency", .integer(0)), ("cwd", .string("/work/sub")), ("stdout", .string("o.{{id}}")),
      ("stderr", .string("e")),
      ("stdin", .string("i")), ("memory", .string("4G")), ("exclusive", .bool(true)),
      ("env", .object(["B": .string("2")])), ("flags", .array([.string("debug"), .string("waitable")])),
      ("command", .array(["./work", "-n", "9", "--cwd=z"].map { .string($0) })),
    ] { #expect(body[name] == value, "\(name)") }
  }

  @Test("Two dashes let a command begin with a dash; without them the option is unknown")
  func dashes() throws {
    #expect(try request("--", "-x", "--")["command"] == .array([.string("-x"), .string("--")]))
    #expect(throws: (any Error).self) { try request("--nonsense", "hostname") }
    #expect(throws: (any Error).self) { try request("-n2") }
  }

  @Test("Attributes are paths under system or user; values are JSON or text")
  func attributes() throws {
    let attributes = try SubmissionOptions.attributes([
      "a.b=1", "a.c=x y", "user.d={\"e\":true}", ".f", "system.g=[]",
    ])
    let expected: JSONObject = [
      "system": .object(["a": .object(["b": .integer(1), "c": .string("x y")]), "g": .array([])]),
      "user": .object(["d": .object(["e": .bool(true)])]), "f": .integer(1),
    ]
    #expect(attributes == expected)
    #expect(throws: (any Error).self) { try SubmissionOptions.attributes(["a..b=1"]) }
  }

  @Test(
    "A time without a unit is in minutes",
    arguments: [
      ("5", "5m"), ("1.5", "1.5m"), ("30s", "30s"), ("2h", "2h"), ("inf", "inf"),
    ])
  func time(text: String, expected: String) { #expect(SubmissionOptions.withUnit(text) == expected) }

  @Test("A set of copies must be one, and goes with neither --watch nor --dry-run")
  func copies() {
    for bad in [["--cc=x"], ["--cc="], ["--cc=0-3", "--watch"], ["--cc=0-3", "--dry-run"]] {
      #expect(throws: (any Error).self, "\(bad)") { try SubmitCommand.parseAsRoot(bad + ["true"]) }
    }
    #expect(throws: Never.self) { try SubmitCommand.parseAsRoot(["--cc=0-3", "--wait", "true"]) }
  }
}
