import APIClient
import ArgumentParser

struct EventCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "event",
    abstract: "Publish messages, and listen to them.",
    discussion: """
      A topic is words joined by dots. In a pattern * stands for one word and, at the end, for one or more.

      EXAMPLES
        sluice event sub 'sim.*'
        sluice event pub sim.done "run 7"
        sluice event pub --durable results.run7 - < result.json
      """,
    subcommands: [EventPublishCommand.self, EventSubscribeCommand.self])
}
