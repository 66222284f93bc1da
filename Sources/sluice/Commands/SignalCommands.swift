import APIClient
import ArgumentParser
import Vocabulary

/// Which jobs a command is about: a query, or all of the caller's.
struct JobSelectionOptions: ParsableArguments {
  @Flag(name: .customLong("all"), help: "All of your active jobs.")
  var isAll = false

  @Option(help: ArgumentHelp("Of this user instead of yours.", valueName: "name"))
  var user: String?

  @Flag(help: "Say which jobs are meant, and do nothing.")
  var dryRun = false

  @Flag(help: "Print what the broker answered as JSON.")
  var json = false

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp(
      "Names, or terms such as state:run queue:debug name:sweep*, with and, or, not.", valueName: "query"))
  var query: [String] = []

  func validate() throws {
    if isAll, !query.isEmpty { throw ValidationError("Give a query or --all, not both.") }
    if !isAll, query.isEmpty { throw ValidationError("Say which jobs by a query, or give --all.") }
  }

  /// The body's members that select.
  func selection(_ client: BrokerClient) throws -> JSONObject {
    var selection: JSONObject = query.isEmpty ? ["all": .bool(true)] : ["q": .string(query.joined(separator: " "))]
    selection["user"] = try user.map { .string($0) } ?? client.whoami()["user"]
    return selection
  }
}

struct PkillCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pkill",
    abstract: "Cancel or signal the jobs that match a query.",
    discussion: """
      EXAMPLES
        sluice pkill 'sweep*'
        sluice pkill --signal=USR1 'state:run queue:debug'
        sluice pkill --dry-run --all
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Option(
    name: [.customShort("s", allowingJoined: true), .long],
    help: ArgumentHelp("Send this signal instead of cancelling.", valueName: "signal"))
  var signal: String?

  @OptionGroup(title: "Which jobs") var jobs: JobSelectionOptions

  func run() throws {
    let client = try connection.client()
    var body = try jobs.selection(client)
    if let signal { body["signal"] = SignalText.value(signal) }
    let answer = try client.actOnMany(signal == nil ? "cancel" : "signal", body, dryRun: jobs.dryRun)
    if jobs.json { return Console.json(answer) }
    for id in answer["ids"]?.array ?? [] { Console.line(Terminal.output.jobID(id.string ?? "?")) }
    let count = answer["matched"]?.integer ?? 0
    let deed = signal == nil ? "cancelled" : "signalled"
    Console.line("\(count) job\(count == 1 ? "" : "s") \(jobs.dryRun ? "would be \(deed)" : deed)")
  }
}

struct PgrepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pgrep",
    abstract: "Print the ids of active jobs that match a query.",
    discussion: "Exits with 1 when there is none.")

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
    var filter = [("q", query.joined(separator: " "))]
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

/// Signals as they are typed: names are the broker's to read.
enum SignalText {
  static func value(_ text: String) -> JSONValue { Int64(text).map { .integer($0) } ?? .string(text) }
}
