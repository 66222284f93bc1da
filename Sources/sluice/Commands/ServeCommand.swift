import APIClient
import ArgumentParser
import Vocabulary

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Offer a service: run a command for each call of it.",
    discussion: """
      The command gets the payload on standard input; what it writes to standard output is the answer. When it \
      fails, the call does, with what it wrote or with its exit status. Calls come one at a time: to work on \
      several, run 'sluice serve' several times. SLUICE_CALL, SLUICE_CALL_USER, SLUICE_CALL_MEDIA_TYPE and \
      SLUICE_CALL_DEADLINE tell the command about the call.

      EXAMPLE
        sluice serve sum -- awk '{ print $1 + $2 }'
      """)

  /// One wait for a call; the broker grants 60 s.
  private static let waitSeconds = 30.0
  /// Of one answer.
  private static let answerBytes = 256 * 1_024
  /// Of what is said about a failure.
  private static let errorBytes = 4_096

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(help: "End after one call.")
  var once = false

  @Option(name: [.customShort("n"), .long], help: ArgumentHelp("End after so many calls.", valueName: "count"))
  var count: Int?

  @Option(help: ArgumentHelp("The media type of answers. Default: by what they are.", valueName: "type"))
  var mediaType: String?

  @Option(help: ArgumentHelp("Whose service; for the broker's owner. Default: yours.", valueName: "name"))
  var user: String?

  @Argument(help: "The service.")
  var service: String

  @Argument(parsing: .postTerminator, help: ArgumentHelp("What to run for each call.", valueName: "command"))
  var command: [String] = []

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count is at least 1.") }
    if count != nil, once { throw ValidationError("--once and --count exclude each other.") }
    if command.isEmpty { throw ValidationError("Name the command to run, after --.") }
  }

  func run() throws {
    let client = try connection.client()
    client.outlastsRestarts = true
    let limit = once ? 1 : count
    var answered = 0
    while answered != limit {
      guard let call = try client.takeCall(service, timeout: Self.waitSeconds, user: user) else { continue }
      do throws(ClientError) {
        try answer(call, client)
      } catch {
        // The caller has left or waited long enough: the next one is not to suffer.
        guard error.problem?.code == "call_over" else { throw error }
        Console.note("call \(call.id) was over before it was answered")
      }
      answered += 1
    }
  }

  private func answer(_ call: TakenCall, _ client: BrokerClient) throws(ClientError) {
    let outcome: Filter.Outcome
    do throws(Filter.Failure) {
      outcome = try Filter.run(
        command, input: call.payload.bytes, outputLimit: Self.answerBytes,
        environment: [
          "SLUICE_CALL": call.id, "SLUICE_CALL_USER": call.user, "SLUICE_CALL_DEADLINE": call.deadline,
          "SLUICE_CALL_MEDIA_TYPE": call.payload.mediaType,
        ])
    } catch {
      return try client.reply(to: call, of: service, error: error.reason, user: user)
    }
    guard outcome.exitStatus == 0 else {
      return try client.reply(to: call, of: service, error: reason(outcome), user: user)
    }
    let answer = mediaType.map { Payload(mediaType: $0, bytes: outcome.output) } ?? Payload(guessing: outcome.output)
    try client.reply(to: call, of: service, answer, user: user)
  }

  /// What the command wrote before it failed, where that is a text of a sensible length.
  private func reason(_ outcome: Filter.Outcome) -> String {
    var said = outcome.output
    while said.last == UInt8(ascii: "\n") { said.removeLast() }
    guard !said.isEmpty, said.count <= Self.errorBytes, let text = PayloadText.text(of: said) else {
      return "exit status \(outcome.exitStatus)"
    }
    return text
  }
}
