import APIClient
import ArgumentParser
import Vocabulary

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
