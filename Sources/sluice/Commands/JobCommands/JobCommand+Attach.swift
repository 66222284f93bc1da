import APIClient
import ArgumentParser

extension JobCommand {
  struct Attach: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "attach", abstract: "Show a job's output from its beginning to its end, and exit as it does.",
      discussion: "Ctrl-C ends the look, not the job.")

    @OptionGroup var subject: Subject

    @OptionGroup var shown: OutputOptions

    func run() throws {
      let client = try subject.connection.client()
      // A job that is not there, or a broker that is not, shows here and at once.
      _ = try client.job(subject.id)
      throw ExitCode(try Attachment(client, subject.id, cancelsOnSignal: false, showsLabels: shown.labels).run())
    }
  }
}
