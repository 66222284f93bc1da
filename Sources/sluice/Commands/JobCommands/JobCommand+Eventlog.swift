import APIClient
import ArgumentParser
import Glibc
import JSONText
import Vocabulary

extension JobCommand {
  struct Eventlog: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "eventlog", abstract: "Print a job's events; with --follow, until it has ended.",
      discussion: """
        As JSON, unless words or their times are asked for. Ctrl-C ends the look, not the job.

        EXAMPLES
          sluice job eventlog --format=text --time-format=offset ƒ2oLkT7hd
          sluice job eventlog -HF ƒ2oLkT7hd
        """)

    @OptionGroup var subject: Subject

    @OptionGroup var shown: EventLineOptions

    @Flag(name: [.customShort("F"), .long], help: "Go on until the job has ended.")
    var follow = false

    func run() throws {
      let client = try subject.connection.client()
      var lines = shown.lines(otherwise: .json)
      guard follow else {
        let eventlog = try client.eventlog(subject.id)
        if lines.format == .json { return Console.bytes(Array(eventlog.utf8), to: STDOUT_FILENO) }
        return Console.lines(
          try eventlog.split(separator: "\n").map { lines.line(try JSONText.parse(Array($0.utf8))) })
      }
      // A job that is not there, or a broker that is not, shows here and at once.
      _ = try client.job(subject.id)
      client.outlastsRestarts = true
      try client.events(.job(subject.id)) { event in
        guard event.kind == "job" else { return true }
        Console.line(lines.line(event.json))
        return event.name != "clean"
      }
    }
  }
}
