import APIClient
import ArgumentParser

struct LimitsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limits", abstract: "Print the sizes and counts at which the broker says no.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(help: "Print them as JSON.")
  var json = false

  func run() throws {
    let limits = try connection.client().limits()
    if json { return Console.json(limits) }
    Console.lines(PropertyList.lines(limits, terminal: .output))
  }
}
