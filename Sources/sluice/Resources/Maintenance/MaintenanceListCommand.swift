import APIClient
import ArgumentParser
import Vocabulary

struct MaintenanceListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List what is announced.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(help: "Print it as JSON.")
  var json = false

  func run() throws {
    let windows = try connection.client().maintenance()
    if json { return Console.json(.object(["maintenance": .array(windows)])) }
    guard !windows.isEmpty else { return Console.note("No maintenance is announced.") }
    var table = Table([
      .init("NAME"), .init("RANKS", maximumWidth: 40), .init("FROM"), .init("UNTIL"), .init("REASON", maximumWidth: 80),
    ])
    for window in windows {
      table.append([
        .init(JobTable.text(window["name"])), .init(window["ranks"]?.string ?? "all"),
        .init(String(JobTable.text(window["from"]).prefix(19))),
        .init(String(JobTable.text(window["until"]).prefix(19))),
        .init(window["reason"]?.string ?? ""),
      ])
    }
    Console.lines(table.lines(for: .output))
  }
}
