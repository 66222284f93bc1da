import APIClient
import ArgumentParser
import Glibc
import Vocabulary

extension JobCommand {
  struct WaitEvent: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "wait-event", abstract: "Wait until a job has had an event, and print that.",
      discussion: """
        An event of the past counts too. Exits with 1 when the job has ended without it, or the time is up.

        EXAMPLES
          sluice job wait-event -t 5m ƒ2oLkT7hd start
          sluice job wait-event --match-context=severity=0 -q ƒ2oLkT7hd exception
        """)

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Option(
      name: [.customShort("t", allowingJoined: true), .long],
      help: ArgumentHelp("Wait no longer than this, such as 90s.", valueName: "time"))
    var timeout: WaitTime?

    @Option(
      name: [.customShort("m", allowingJoined: true), .long],
      help: ArgumentHelp("Only an event whose context has this, as JSON or as text.", valueName: "key=value"))
    var matchContext: String?

    @Option(
      name: [.customShort("c", allowingJoined: true), .long],
      help: ArgumentHelp("Wait for so many such events. Default: 1.", valueName: "number"))
    var count = 1

    @Flag(name: .shortAndLong, help: "Print nothing.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Print the events before it too.")
    var verbose = false

    @OptionGroup var shown: EventLineOptions

    @Argument(help: ArgumentHelp("The job, as 'submit' and 'jobs' print it.", valueName: "id"))
    var id: String

    @Argument(help: ArgumentHelp("The event, such as start or finish.", valueName: "event"))
    var event: String

    func validate() throws {
      _ = try EventMatch(event, context: matchContext, count: count)
      if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
    }

    func run() throws {
      let client = try connection.client()
      _ = try client.job(id)
      client.outlastsRestarts = true
      if let seconds = timeout?.seconds { Self.end(after: seconds, waitingFor: event) }
      var match = try EventMatch(event, context: matchContext, count: count)
      var lines = shown.lines(otherwise: .text)
      var isFound = false
      try client.events(.job(id)) { event in
        guard event.kind == "job" else { return true }
        isFound = match.ends(with: event.json)
        let line = lines.line(event.json)
        if !quiet, verbose || isFound { Console.line(line) }
        return !isFound && event.name != "clean"
      }
      if !isFound { throw ClientError("The job ended without the event '\(event)' that was waited for") }
    }

    /// The stream may be silent for as long as it likes, so another thread looks at the clock.
    private static func end(after seconds: Double, waitingFor event: String) {
      BackgroundThread.start {
        let end = Clock.monotonicSeconds + seconds
        while case let left = end - Clock.monotonicSeconds, left > 0 {
          usleep(UInt32(min(left, longestPause) * 1e6) + 1)
        }
        Console.note("Error: The event '\(event)' did not come in time")
        _exit(1)
      }
    }

    /// Seconds; more than `usleep` takes at once would be none.
    private static let longestPause = 0.5
  }
}
