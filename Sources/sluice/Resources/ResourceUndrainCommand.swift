import APIClient
import ArgumentParser

struct ResourceUndrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undrain", abstract: "Let drained nodes take work again.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions
  @OptionGroup var options: GraphChangeOptions

  @Argument(help: ArgumentHelp("Hosts such as node[0-3], or ranks such as 0-3.", valueName: "nodes"))
  var nodes: String

  func run() throws {
    let client = try connection.client()
    try options.change(client, try NodeTargets(nodes, client).mutations("undrain"))
  }
}
