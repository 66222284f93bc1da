import ArgumentParser
import Testing

@testable import sluice

@Suite("Which command a line names")
struct DirectCommandTests {
  private func found(_ words: String...) -> (name: String?, arguments: [String])? {
    DirectCommand.find(words[...]).map { ($0.command.configuration.commandName, Array($0.arguments)) }
  }

  @Test("A command is found by its words, and the rest is its own")
  func commands() throws {
    let run = try #require(found("run", "-n2", "run"))
    #expect(run.name == "run" && run.arguments == ["-n2", "run"])
    let output = try #require(found("job", "output", "f1"))
    #expect(output.name == "output" && output.arguments == ["f1"])
    #expect(try #require(found("version")).arguments.isEmpty)
  }

  @Test(
    "Anything else is for the whole tree of commands",
    arguments: [[], ["job"], ["help", "run"], ["--version"], ["start"], ["nonsense"], ["-n2", "run"]])
  func others(words: [String]) { #expect(DirectCommand.find(words[...]) == nil) }
}
