import ArgumentParser
import Testing
import Vocabulary

@testable import sluice

@Suite("Commands about keys")
struct KeyCommandTests {
  private func put(_ arguments: String...) throws -> KeyPutCommand {
    try #require(try KeyPutCommand.parseAsRoot(arguments) as? KeyPutCommand)
  }

  @Test("A key ends at the first sign; the value may hold more of them, or nothing")
  func assignments() throws {
    let values = try put("a.b=1", "c==x=", "d=").values()
    #expect(values.map(\.key) == ["a.b", "c", "d"])
    #expect(values.map(\.origin) == [.text("1"), .text("=x="), .text("")])
    #expect(throws: (any Error).self) { try put("a") }
    #expect(throws: (any Error).self) { try put("=a") }
  }

  @Test("Values come from the command line, from the standard input, or from a file")
  func origins() throws {
    #expect(try put("k", "-").values().map(\.origin) == [.file("-")])
    #expect(try put("k=-").values().map(\.origin) == [.text("-")])
    #expect(try put("--raw", "k=-").values().map(\.origin) == [.file("-")])
    #expect(try put("--file=data", "k").values().map(\.origin) == [.file("data")])
    #expect(throws: (any Error).self) { try put("--file=data", "k", "l") }
    #expect(throws: (any Error).self) { try put("--raw", "k=-", "l=-") }
  }

  @Test(
    "What makes no sense together is refused before anything is sent",
    arguments: [
      ["--json", "--raw", "k=1"], ["--json", "k={"], ["--no-clobber", "--if-revision=1", "k=1"],
      ["--if-revision=1", "k=1", "l=2"], [],
    ])
  func refusals(arguments: [String]) {
    #expect(throws: (any Error).self) { try KeyPutCommand.parseAsRoot(arguments) }
  }

  @Test("The namespace is the one given, then the environment's, then primary")
  func namespaces() throws {
    let command = try #require(try KeyRootCommand.parseAsRoot([]) as? KeyRootCommand)
    #expect(command.place.name(in: [:]) == "primary")
    #expect(command.place.name(in: ["SLUICE_KVS_NAMESPACE": ""]) == "primary")
    #expect(command.place.name(in: ["SLUICE_KVS_NAMESPACE": "job-f1"]) == "job-f1")
    let named = try #require(try KeyRootCommand.parseAsRoot(["-N", "a", "--user=ada"]) as? KeyRootCommand)
    #expect(named.place.name(in: ["SLUICE_KVS_NAMESPACE": "job-f1"]) == "a" && named.place.user == "ada")
  }

  @Test("Each call of a barrier is a participant of its own, so that a loop can meet at one name again and again")
  func participants() {
    let task = ["SLUICE_JOB_ID": "f12", "FLUX_TASK_RANK": "3"]
    let first = Rendezvous.participant(in: task)
    #expect(first.hasPrefix("f12.3-") && first != Rendezvous.participant(in: task))
    #expect(Rendezvous.participant(in: ["SLUICE_JOB_ID": "f12"]).hasPrefix("f12.0-"))
    let outside = Rendezvous.participant(in: [:])
    #expect(outside != Rendezvous.participant(in: [:]) && outside.utf8.count <= 128)
  }

  @Test("What a fence writes is KEY=VALUE, an array, or an array on the standard input")
  func operations() throws {
    let input = Array(#"[{"op":"mkdir","key":"m"}]"#.utf8)
    let parsed = try KeyFenceCommand.parsed(["a=1", #"[{"op":"delete","key":"b"}]"#, "-"]) { input }
    #expect(parsed.map { $0["key"]?.string } == ["a", "b", "m"])
    #expect(parsed[0]["value"]?.string == "1")
    #expect(throws: (any Error).self) { try KeyFenceCommand.parsed(["[1"]) { [] } }
    #expect(throws: (any Error).self) { try KeyFenceCommand.parsed(["word"]) { [] } }
  }

  @Test("Times are durations; a bare number is seconds")
  func times() throws {
    #expect(WaitTime(argument: "90")?.seconds == 90)
    #expect(WaitTime(argument: "1.5m")?.seconds == 90)
    #expect(try #require(WaitTime(argument: "inf")).seconds == nil)
    #expect(WaitTime(argument: "-1") == nil && WaitTime(argument: "soon") == nil)
  }

  @Test("An item is one line, whatever it holds")
  func summaries() {
    let items: [(JSONObject, String)] = [
      (["kind": .string("value"), "value": .string("a\n\tb\\")], "a\\n\\tb\\\\"),
      (["kind": .string("value"), "value": .string("\u{1b}[2J\u{202e}")], "\u{fffd}[2J\u{fffd}"),
      (
        ["kind": .string("value"), "size": .integer(5), "media_type": .string("image/png"), "base64": .string("AAAA")],
        "(5 bytes of image/png)"
      ),
      (["kind": .string("directory"), "keys": .integer(3)], "(3 keys)"),
      (["kind": .string("symlink"), "target": .string("a.b"), "namespace": .string("n")], "-> n::a.b"),
    ]
    for (item, text) in items { #expect(KeyText.summary(of: .object(item)) == text) }
  }
}
