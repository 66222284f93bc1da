import APIClient
import ArgumentParser
import Vocabulary

struct QueueListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the queues and what they take.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(name: [.customShort("n"), .long], help: "Leave out the headings.")
  var noHeader = false

  @Flag(help: "Print the queues as JSON.")
  var json = false

  func run() throws {
    let queues = try connection.client().queues()
    if json { return Console.json(.object(["queues": .array(queues)])) }
    var table = Table([
      .init("QUEUE", maximumWidth: 24), .init("EN"), .init("ST"), .init("POLICY"), .init("PENDING", .right),
      .init("RUNNING", .right), .init("TLIMIT", .right), .init("NNODES", .right), .init("NCORES", .right),
      .init("REQUIRES", maximumWidth: 60),
    ])
    for queue in queues {
      table.append([
        .init(JobTable.text(queue["name"])), Self.mark(queue["enabled"]), Self.mark(queue["started"]),
        .init(JobTable.text(queue["policy"])), .init(JobTable.text(queue["pending"])),
        .init(JobTable.text(queue["running"])),
        .init(queue["limits"]?["duration"]?.number.map { JobTable.duration($0) } ?? "inf"),
        .init(Self.range(queue, "nodes")), .init(Self.range(queue, "cores")),
        .init(queue["requires"].flatMap { $0 == .null ? nil : $0.jsonText } ?? ""),
      ])
    }
    Console.lines(table.lines(for: .output, withHeader: !noHeader))
  }

  private static func mark(_ value: JSONValue?) -> Table.Cell {
    value?.bool == true ? .init("✔", .green) : .init("✗", .red)
  }

  private static func range(_ queue: JSONValue, _ name: String) -> String {
    let least = queue["limits"]?["min_\(name)"]?.integer ?? 0
    return "\(least)-" + (queue["limits"]?["max_\(name)"]?.integer.map(String.init) ?? "inf")
  }
}
