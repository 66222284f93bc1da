import APIClient
import ArgumentParser
import Vocabulary

struct CancelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel",
    abstract: "Cancel jobs, by id or by what they have in common.",
    discussion: """
      EXAMPLES
        sluice cancel ƒ2oLkT7hd
        sluice cancel --all --name=sweep
        sluice cancel --all --state=pending --dry-run
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(help: "Cancel all of your active jobs that match the options below; in a batch job only its steps.")
  var all = false

  @Option(help: ArgumentHelp("With --all: only in these states, such as pending.", valueName: "states"))
  var state: String?

  @Option(help: ArgumentHelp("With --all: of this user instead of yours.", valueName: "name"))
  var user: String?

  @Option(help: ArgumentHelp("With --all: only with this name.", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("With --all: only of this queue.", valueName: "name"))
  var queue: String?

  @Option(help: ArgumentHelp("With --all: only what matches, such as 'state:sched name:a*'.", valueName: "query"))
  var query: String?

  @Option(
    name: [.customShort("m", allowingJoined: true), .long],
    help: ArgumentHelp("Why; kept with each job.", valueName: "text"))
  var message: String?

  @Flag(help: "Check what would be cancelled, and cancel nothing.")
  var dryRun = false

  @Flag(help: "Print what the broker answered as JSON.")
  var json = false

  @Argument(help: ArgumentHelp("The jobs.", valueName: "id"))
  var ids: [String] = []

  func validate() throws {
    let hasFilter = [state, user, name, queue, query].contains { $0 != nil }
    if all, !ids.isEmpty { throw ValidationError("Give ids or --all, not both.") }
    if !all, ids.isEmpty { throw ValidationError("Name the jobs to cancel, or give --all.") }
    if !all, hasFilter { throw ValidationError("--state, --user, --name, --queue and --query go with --all.") }
  }

  func run() throws {
    let client = try connection.client()
    guard all else { return try cancelEach(client) }
    var selection: JSONObject = [:]
    for (name, value) in [
      ("state", state), ("name", name), ("queue", queue), ("q", EnclosingJob.narrowed(query)), ("note", message),
    ] {
      if let value { selection[name] = .string(value) }
    }
    selection["user"] = try (user.map { .string($0) } ?? client.whoami()["user"])
    let answer = try client.cancelMany(selection, dryRun: dryRun)
    if json { return Console.json(answer) }
    let count = answer["matched"]?.integer ?? 0
    Console.line("\(count) job\(count == 1 ? "" : "s") \(dryRun ? "would be cancelled" : "cancelled")")
  }

  /// One by one, so that each failure names its job; the others are cancelled all the same.
  private func cancelEach(_ client: BrokerClient) throws {
    var failed = false
    for id in ids {
      do throws(ClientError) {
        let answer = try client.cancel(id, note: message, dryRun: dryRun)
        if json { Console.json(answer) }
      } catch {
        guard error.problem != nil else { throw error }
        failed = true
        Console.note("\(Terminal.error.jobID(id)): \(error)")
      }
    }
    if failed { throw ExitCode.failure }
  }
}
