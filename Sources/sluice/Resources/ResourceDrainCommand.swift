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

extension GraphChangeOptions {
  /// Sends the mutations as one, and tells what came of it.
  func change(_ client: BrokerClient, _ mutations: [JSONValue]) throws {
    let result = try client.changeGraph(mutations, version: ifVersion, isDryRun: dryRun)
    if json { return Console.json(result) }
    for range in result["added"]?.array ?? [] {
      let (first, count) = (range["first"]?.integer ?? 0, range["count"]?.integer ?? 0)
      Console.line("added \(count) \(count == 1 ? "vertex" : "vertices"), from number \(first)")
    }
    for vertex in result["departing"]?.array ?? [] {
      Console.line("\(vertex["path"]?.string ?? "?") goes when nothing there is held")
    }
    for job in result["evicted"]?.array ?? [] { Console.line("\(job.string ?? "?") was told to leave") }
    Console.note("The graph \(dryRun ? "would be" : "is") at version \(result["version"]?.integer ?? 0).")
  }
}
