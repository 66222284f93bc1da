import APIClient
import ArgumentParser
import Vocabulary

extension JobCommand {
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "status", abstract: "Print a job's state; with --wait, wait for its end and exit as it did.")

    @OptionGroup var subject: Subject

    @Flag(help: "Wait until the job has ended, and exit with its exit code.")
    var wait = false

    @Flag(help: "Print the whole job as JSON.")
    var json = false

    func run() throws {
      let client = try subject.connection.client()
      var job = try client.job(subject.id)
      if wait {
        // Only now: a broker that is not there at the beginning is an error, not a restart.
        client.outlastsRestarts = true
        job = try client.ended(subject.id)
      }
      if json { Console.json(job) } else { Console.line(job["result"]?.string ?? job["state"]?.string ?? "?") }
      guard wait else { return }
      let outcome = JobOutcome(job)
      if let message = outcome.message { Console.note(message) }
      throw ExitCode(outcome.exitCode)
    }
  }
}
