import APIClient
import ArgumentParser

struct WhoamiCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "whoami", abstract: "Print who you are to the broker.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(help: "Print it as JSON.")
  var json = false

  func run() throws {
    let caller = try connection.client().whoami()
    if json { return Console.json(caller) }
    Console.lines(PropertyList.lines(caller, terminal: .output))
  }
}
