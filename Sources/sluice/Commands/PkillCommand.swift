import APIClient
import ArgumentParser
import Vocabulary

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
