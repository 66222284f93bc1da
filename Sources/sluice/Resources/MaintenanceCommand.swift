import APIClient
import ArgumentParser
import Vocabulary

struct MaintenanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "maintenance", abstract: "Keep nodes free of jobs for a time.",
    discussion: """
      Nothing is placed on the nodes whose time limit reaches into the window; what runs already is not touched. Without \
      --ranks all nodes are meant, without --until it lasts until 'maintenance end'.

      EXAMPLES
        sluice maintenance announce fans --ranks=0-3 --from=2030-01-01T08:00:00Z --until=2030-01-01T12:00:00Z
        sluice maintenance end fans
      """,
    subcommands: [MaintenanceListCommand.self, MaintenanceAnnounceCommand.self, MaintenanceEndCommand.self],
    defaultSubcommand: MaintenanceListCommand.self)
}

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

struct MaintenanceAnnounceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "announce", abstract: "Announce it, or change it.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Argument(help: ArgumentHelp("A name to call it by.", valueName: "name"))
  var name: String

  @Option(help: ArgumentHelp("Ranks such as 0-3; all if absent.", valueName: "ranks"))
  var ranks: String?

  @Option(help: ArgumentHelp("When it begins (RFC 3339); now if absent.", valueName: "time"))
  var from: String?

  @Option(help: ArgumentHelp("When it ends (RFC 3339).", valueName: "time"))
  var until: String?

  @Option(help: ArgumentHelp("Why.", valueName: "text"))
  var reason: String?

  @Option(parsing: .upToNextOption, help: ArgumentHelp("Users whose jobs may still run.", valueName: "user"))
  var allow: [String] = []

  func run() throws {
    var body: JSONObject = [:]
    for (name, text) in [("ranks", ranks), ("from", from), ("until", until), ("reason", reason)] {
      if let text { body[name] = .string(text) }
    }
    if !allow.isEmpty {
      body["users"] = .array(allow.map { user in Int64(user).map { .integer($0) } ?? .string(user) })
    }
    Console.lines(
      PropertyList.lines(try connection.client().announceMaintenance(name, body), terminal: .output))
  }
}

struct MaintenanceEndCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "end", abstract: "Call it off, or end it early.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Argument(help: ArgumentHelp("Its name.", valueName: "name"))
  var name: String

  func run() throws { try connection.client().removeMaintenance(name) }
}
