import ArgumentParser
import Vocabulary

struct QueueStartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Let the jobs of a queue get resources.")
  @OptionGroup var options: QueueSwitchOptions
  func run() throws { try options.change(["started": .bool(true)]) }
}
