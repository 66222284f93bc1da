import ArgumentParser
import Vocabulary

struct QueueDisableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disable", abstract: "Let a queue take no more jobs. What is in it goes on.")
  @OptionGroup var options: QueueSwitchOptions

  @Option(name: [.short, .long], help: ArgumentHelp("Why, for those who submit.", valueName: "text"))
  var message: String?

  func run() throws {
    try options.change(["enabled": .bool(false), "disable_reason": message.map { .string($0) } ?? .null])
  }
}
