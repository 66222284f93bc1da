import APIClient
import ArgumentParser
import Vocabulary

struct EventSubscribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sub",
    abstract: "Print messages as they come, one line each: the topic and the payload.",
    discussion: """
      Reconnects by itself; of durable topics nothing is missed, also while the broker restarts. "listening" on \
      standard error says when messages begin to be heard. In a payload line feeds are shown as \\n and bytes \
      that are no text as base64; --json gives everything exactly.
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Option(name: [.customShort("n"), .long], help: ArgumentHelp("End after so many messages.", valueName: "count"))
  var count: Int?

  @Option(
    help: ArgumentHelp("Begin after this position of the log, with durable messages; 0: all.", valueName: "position"))
  var since: String?

  @Option(help: ArgumentHelp("Whose topics; for the broker's owner. Default: yours.", valueName: "name"))
  var user: String?

  @Flag(help: "Print each message as one line of JSON.")
  var json = false

  @Argument(help: "A topic, or a pattern such as 'sim.*' (quote it).")
  var pattern: String

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count is at least 1.") }
  }

  func run() throws {
    let client = try connection.client()
    client.outlastsRestarts = true
    let (json, limit, pattern) = (json, count, pattern)
    var seen = 0
    var isListening = false
    try client.events(.messages(pattern: pattern, user: user), since: since) { event in
      if !isListening {
        isListening = true
        Console.note("listening to \(Terminal.harmless(pattern))")
      }
      switch event.kind {
      case "message":
        Console.line(json ? event.json.jsonText : Self.line(event.json))
        seen += 1
      case "missed": Console.note("missed \(event.json["count"]?.integer ?? 0) messages: reading too slowly")
      default: break
      }
      return seen != limit
    }
  }

  /// `sim.done run 7`
  static func line(_ message: JSONValue) -> String {
    let topic = Terminal.harmless(message["topic"]?.string ?? "?")
    guard let payload = Payload(message) else { return topic }
    if payload.bytes.isEmpty { return topic }
    guard let text = PayloadText.text(of: payload.bytes) else { return "\(topic) \(Base64.encode(payload.bytes))" }
    var shown = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": shown += "\\n"
      case "\r": shown += "\\r"
      default: shown.unicodeScalars.append(scalar)
      }
    }
    return "\(topic) \(Terminal.output.isTerminal ? Terminal.harmless(shown) : shown)"
  }
}
