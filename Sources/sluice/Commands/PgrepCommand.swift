import APIClient
import ArgumentParser
import Vocabulary

struct PgrepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pgrep",
    abstract: "Print the ids of active jobs that match a query.",
    discussion: "Exits with 1 when there is none. In a batch job only its steps are looked at.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(name: [.customShort("a"), .customLong("all-states")], help: "Ended jobs too.")
  var allStates = false

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp("As for 'sluice pkill'.", valueName: "query"))
  var query: [String] = []

  func validate() throws {
    if query.isEmpty { throw ValidationError("Say which jobs by a query, such as a name.") }
  }

  func run() throws {
    let client = try connection.client()
    var filter = [("q", EnclosingJob.narrowed(query.joined(separator: " ")) ?? "")]
    if !allStates { filter.append(("state", "active")) }
    var isEmpty = true
    try client.jobs(filter, limit: .max) { page in
      isEmpty = isEmpty && page.isEmpty
      Console.lines(page.lazy.map { Terminal.output.jobID($0["id"]?.string ?? "?") })
      return true
    }
    if isEmpty { throw ExitCode.failure }
  }
}
