import APIClient
import ArgumentParser
import Vocabulary

/// Which jobs a command is about: a query, or all of the caller's; in a batch job only its steps.
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
    let query = EnclosingJob.narrowed(query.isEmpty ? nil : query.joined(separator: " "))
    var selection: JSONObject = query.map { ["q": .string($0)] } ?? ["all": .bool(true)]
    selection["user"] = try user.map { .string($0) } ?? client.whoami()["user"]
    return selection
  }
}
