import APIClient
import ArgumentParser

struct QueueRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove a queue that has no active jobs.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Argument(help: ArgumentHelp("The queue.", valueName: "queue"))
  var name: String

  func run() throws { try connection.client().removeQueue(name) }
}
