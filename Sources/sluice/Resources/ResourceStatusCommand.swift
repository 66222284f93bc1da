import APIClient
import ArgumentParser
import Vocabulary

struct ResourceStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show which nodes take no work, why and since when.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(name: [.customShort("n"), .long], help: "Leave out the headings.")
  var noHeader = false

  @Flag(help: "Print the nodes as JSON.")
  var json = false

  func run() throws {
    let nodes = try connection.client().nodes(state: "draining,drained,down,excluded,leaving")
    if json { return Console.json(.object(["nodes": .array(nodes)])) }
    var table = Table([
      .init("TIME"), .init("STATE"), .init("RANK", .right), .init("NODE", maximumWidth: 40),
      .init("REASON", maximumWidth: 200),
    ])
    for node in nodes {
      let state = node["state"]?.string ?? "?"
      table.append([
        .init(node["drain"]?["timestamp"]?.string.map { String($0.prefix(19)) } ?? "-"),
        .init(state, ResourceListCommand.style(state)), .init(JobTable.text(node["rank"])),
        .init(JobTable.text(node["name"])), .init(node["drain"]?["reason"]?.string ?? ""),
      ])
    }
    guard !nodes.isEmpty else { return Console.note("Every node takes work.") }
    Console.lines(table.lines(for: .output, withHeader: !noHeader))
  }
}
