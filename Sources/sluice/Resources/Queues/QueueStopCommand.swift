import ArgumentParser
import Vocabulary

struct QueueStopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Let the jobs of a queue wait. What runs goes on.")
  @OptionGroup var options: QueueSwitchOptions

  @Option(name: [.short, .long], help: ArgumentHelp("Why, for those who wait.", valueName: "text"))
  var message: String?

  func run() throws {
    try options.change(["started": .bool(false), "stop_reason": message.map { .string($0) } ?? .null])
  }
}
