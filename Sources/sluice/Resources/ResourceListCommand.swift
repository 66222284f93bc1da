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

struct ResourceInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Show how much there is, or what one vertex is.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Argument(help: ArgumentHelp("A vertex's path, such as /cluster0/node3.", valueName: "path"))
  var path: String?

  @Flag(help: "Print it as JSON.")
  var json = false

  func run() throws {
    let client = try connection.client()
    if let path {
      guard let vertex = try client.vertex(at: path) else { throw ClientError("There is no vertex at \(path).") }
      return json ? Console.json(vertex) : Console.lines(PropertyList.lines(vertex, terminal: .output))
    }
    var group = NodeGroup()
    let page = try client.call("GET", "/v1/nodes", query: [("limit", "1")]).json
    for node in try client.nodes() { group.add(node) }
    let summary: JSONObject = [
      "nodes": .integer(Int64(group.names.count)), "cores": .integer(Int64(group.cores)),
      "free_cores": .integer(Int64(group.freeCores)), "gpus": .integer(Int64(group.gpus)),
      "version": page["version"] ?? .null,
    ]
    if json { return Console.json(.object(summary)) }
    Console.line(
      "\(Self.counted(group.names.count, "node")), \(Self.counted(group.cores, "core")) (\(group.freeCores) free), "
        + "\(Self.counted(group.gpus, "GPU")); version \(page["version"]?.integer ?? 0) of the graph")
  }

  private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}

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
