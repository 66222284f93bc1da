import APIClient
import ArgumentParser
import Vocabulary

struct EventsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Follow what happens to jobs.",
    discussion: """
      Reconnects by itself and misses nothing. With an id: the events of that job, until it has ended.

      EXAMPLES
        sluice events ƒ2oLkT7hd
        sluice events --json --since=1-8123 | jq .name
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Option(
    help: ArgumentHelp("Begin after this position, as lists and events give it.", valueName: "position"))
  var since: String?

  @Flag(help: "Print each event as one line of JSON.")
  var json = false

  @Argument(help: ArgumentHelp("A job; without it, every job you may see.", valueName: "id"))
  var id: String?

  func run() throws {
    let client = try connection.client()
    let terminal = Terminal.output
    let json = json
    let singleJob = id != nil
    try client.events(id.map { .job($0) } ?? .jobs([]), since: since) { event in
      guard event.kind == "job" else { return true }
      Console.line(json ? event.json.jsonText : Self.line(event, terminal, showsJob: !singleJob))
      return !(singleJob && event.name == "clean")
    }
  }

  /// `2026-11-23T03:08:00.123456Z ƒ… alloc {…}`
  static func line(_ event: JobEvent, _ terminal: Terminal, showsJob: Bool) -> String {
    var parts: [String] = []
    if let seconds = event.json["timestamp"]?.number, abs(seconds) < 1e12 {
      parts.append(terminal.styled(Timestamp(microseconds: Int64(seconds * 1_000_000)).rfc3339, .dim))
    } else if let text = event.json["timestamp"]?.string {
      parts.append(terminal.styled(Terminal.harmless(text), .dim))
    }
    if showsJob, let id = event.id { parts.append(terminal.jobID(id)) }
    parts.append(terminal.styled(Terminal.harmless(event.name ?? event.kind), .bold))
    if let context = event.json["context"]?.object, !context.isEmpty {
      parts.append(Terminal.harmless(JSONValue.object(context).jsonText))
    }
    return parts.joined(separator: " ")
  }
}
