import APIClient
import ArgumentParser
import Vocabulary

struct ResourceDrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drain", abstract: "Let nodes finish what they have, and take nothing new.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions
  @OptionGroup var options: GraphChangeOptions

  @Argument(help: ArgumentHelp("Hosts such as node[0-3], or ranks such as 0-3.", valueName: "nodes"))
  var nodes: String

  @Argument(help: ArgumentHelp("Why, for those who wonder.", valueName: "reason"))
  var reason: [String] = []

  func run() throws {
    let client = try connection.client()
    let targets = try NodeTargets(nodes, client)
    let members: JSONObject = reason.isEmpty ? [:] : ["reason": .string(reason.joined(separator: " "))]
    try options.change(client, targets.mutations("drain", members))
  }
}
