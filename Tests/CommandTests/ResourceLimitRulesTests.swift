import ArgumentParser
import Glibc
import Testing
import Vocabulary

@testable import sluice

@Suite("Resource limits")
struct ResourceLimitRulesTests {
  private func applied(_ rules: String...) throws -> JSONObject {
    try ResourceLimitRules(rules).applied { number in
      switch number {
      case RLIMIT_NOFILE: 1_024
      case RLIMIT_CORE: -1
      default: nil
      }
    }
  }

  @Test("Nothing is passed on that was not asked for")
  func defaults() throws { #expect(try applied().isEmpty) }

  @Test("Rules set, take and remove, in the order given, also between commas")
  func rules() throws {
    #expect(try applied("nofile=2048") == ["nofile": .integer(2_048)])
    #expect(try applied("nofile", "core") == ["nofile": .integer(1_024), "core": .integer(-1)])
    #expect(try applied("*") == ["core": .integer(-1), "nofile": .integer(1_024)])
    #expect(try applied("-*,core,nofile=7") == ["core": .integer(-1), "nofile": .integer(7)])
    #expect(try applied("cpu=5", "-c*", "no*") == ["nofile": .integer(1_024)])
    #expect(try applied("STACK=Unlimited,as=inf,data=infinity").members.allSatisfy { $0.value == .integer(-1) })
    #expect(try applied("ofile=3") == ["nofile": .integer(3)] && applied("ofile") == applied("nofile"))
  }

  @Test(
    "What is no rule is refused with the word that is wrong",
    arguments: ["", "-", "nofiles", "nofile=", "nofile=-1", "nofile=1k", "=1", "-x*", "core,", "n*=1"])
  func malformed(text: String) {
    #expect(throws: ValidationError.self) { try ResourceLimitRules([text]) }
  }

  @Test("They and the map of tasks become options of the shell, beside those given by name")
  func attributes() throws {
    let command = try #require(
      try SubmitCommand.parseAsRoot(
        ["--rlimit=nofile=9", "--taskmap=manual:[[0,2,1,1]]", "-o", "rlimit.core=1", "true"]) as? SubmitCommand)
    let options = try command.options.request(folder: nil)["attributes"]?["system"]?["shell"]?["options"]
    #expect(options?["rlimit"] == .object(["nofile": .integer(9), "core": .integer(1)]))
    #expect(options?["taskmap"] == .object(["scheme": .string("manual"), "value": .string("[[0,2,1,1]]")]))
  }
}
