import APIClient
import ArgumentParser

struct MaintenanceEndCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "end", abstract: "Call it off, or end it early.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Argument(help: ArgumentHelp("Its name.", valueName: "name"))
  var name: String

  func run() throws { try connection.client().removeMaintenance(name) }
}
