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

  @Test("A signal before the end has a name or a number, and a time")
  func signal() throws {
    func json(_ text: String) throws -> String { try WarningSignal(text).json.jsonText }
    #expect(try json("USR1@60s") == json("") && json("") == json("@") && json("sigusr1@1m") == json("10"))
    #expect(try json("TERM@5m") == #"{"signum":15,"timeleft":300.0}"#)
    for bad in ["0", "65", "nothing", "TERM@x", "TERM@-1", "TERM@inf"] {
      #expect(throws: ValidationError.self, "\(bad)") { try WarningSignal(bad) }
    }
    let options = try request("--signal=USR2", "-o", "pmi=off", "true")["attributes"]?["system"]?["shell"]?["options"]
    #expect(options?["signal"]?["signum"] == .integer(12) && options?["pmi"] == .string("off"))
  }

  @Test("Files that are added keep their content, and stand beside what attributes say")
  func files() throws {
    let system = try request("--add-file=a=x\ny\n", "--add-file=b=1\n", "--setattr=files.c.mode=1", "true")[
      "attributes"]?[
        "system"]
    #expect(system?["files"]?["a"]?["data"] == .string("x\ny\n") && system?["files"]?["b"]?["size"] == .integer(2))
    #expect(system?["files"]?["c"]?["mode"] == .integer(1))
    let own = try AttachedFile("/proc/self/environ").name
    #expect(own == "environ")
    for bad in ["", "=x", "a=", "/", "/nowhere/at/all", "a/b=x\n", "/tmp"] {
      #expect(throws: (any Error).self, "\(bad)") { try AttachedFile(bad) }
    }
  }

  @Test("What may be given often adds up")
  func repeated() throws {
    let body = try request("--requires=ssd", "--requires=a|b", "--flags=debug", "--flags=waitable,novalidate", "true")
    #expect(body["requires"] == .string("(ssd) (a|b)") && body["flags"]?.array?.count == 3)
    #expect(try request("--requires=a|b", "true")["requires"] == .string("a|b"))
  }

  @Test("A count is a number")
  func counts() {
    for bad in ["-nx", "-n{}", "-c1.5", "-N="] {
      #expect(throws: (any Error).self, "\(bad)") { try request(bad, "true") }
    }
  }

  @Test("A set of copies must be one, of at most 64 with --watch, and does not go with --dry-run")
  func copies() {
    for bad in [
      ["--cc=x"], ["--cc="], ["--cc=0-64", "--watch"], ["--cc=0-3", "--dry-run"], ["--cc=0", "--bcc=0"],
      ["--throttle=2"], ["--watch", "--wait-event=start"],
    ] {
      #expect(throws: (any Error).self, "\(bad)") { try SubmitCommand.parseAsRoot(bad + ["true"]) }
    }
    #expect(throws: Never.self) { try SubmitCommand.parseAsRoot(["--cc=0-3", "--wait", "true"]) }
    #expect(throws: Never.self) { try SubmitCommand.parseAsRoot(["--bcc=0-63", "--watch", "true"]) }
  }
}
