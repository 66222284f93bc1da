import APIClient
import ArgumentParser
import Vocabulary

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
