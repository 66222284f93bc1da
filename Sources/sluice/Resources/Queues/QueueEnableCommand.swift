import ArgumentParser
import Vocabulary

struct QueueEnableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "enable", abstract: "Let a queue take jobs.")
  @OptionGroup var options: QueueSwitchOptions
  func run() throws { try options.change(["enabled": .bool(true)]) }
}
