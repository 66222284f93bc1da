import APIClient
import ArgumentParser
import Vocabulary

struct ResourceListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the nodes by what they are doing.",
    discussion: "States are free, mixed (partly held), allocated, draining, drained, down, excluded and leaving.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Option(
    name: [.customShort("s", allowingJoined: true), .long],
    help: ArgumentHelp("Only these states, separated by commas.", valueName: "states"))
  var states: String?

  @Option(
    name: [.customShort("i", allowingJoined: true), .long],
    help: ArgumentHelp("Only nodes that meet a query, such as 'ssd -slow' or hostlist:node[0-3].", valueName: "query"))
  var include: String?

  @Flag(name: [.customShort("n"), .long], help: "Leave out the headings.")
  var noHeader = false

  @Flag(help: "Print the nodes as JSON.")
  var json = false

  func run() throws {
    let nodes = try connection.client().nodes(state: states, requirement: include)
    if json { return Console.json(.object(["nodes": .array(nodes)])) }
    var groups: [String: NodeGroup] = [:]
    for node in nodes { groups[node["state"]?.string ?? "?", default: NodeGroup()].add(node) }
    var table = Table([
      .init("STATE"), .init("NNODES", .right), .init("NCORES", .right), .init("FREE", .right), .init("NGPUS", .right),
      .init("NODELIST", maximumWidth: 400),
    ])
    for (state, group) in groups.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
      table.append([
        .init(state, Self.style(state)), .init(String(group.names.count)), .init(String(group.cores)),
        .init(String(group.freeCores)), .init(String(group.gpus)), .init(group.nodelist),
      ])
    }
    Console.lines(table.lines(for: .output, withHeader: !noHeader))
  }

  private static func order(_ state: String) -> Int {
    ["free", "mixed", "allocated", "draining", "drained", "leaving", "excluded", "down"].firstIndex(of: state) ?? 9
  }

  static func style(_ state: String) -> Terminal.Style? {
    switch state {
    case "free": .green
    case "mixed", "allocated": .blue
    case "draining", "drained", "leaving": .yellow
    case "down": .red
    default: nil
    }
  }
}
