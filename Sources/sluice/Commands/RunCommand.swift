import APIClient
import ArgumentParser
import Vocabulary

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a job now: show its output, and exit as it does.",
    discussion: """
      Waits in the queue like any job. Ctrl-C cancels the job; a second one leaves it to its fate. The exit \
      code is the job's own, or 128 and the number of the signal that ended it.

      EXAMPLE
        sluice run -n2 hostname
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(help: "Check the job without running it.")
  var dryRun = false

  @OptionGroup(title: "The job") var options: SubmissionOptions

  func run() throws {
    let request = try options.request(
      environment: ProcessEnvironment.current, folder: ProcessEnvironment.folder)
    let client = try connection.client()
    let job = try client.submit(request, dryRun: dryRun)
    if dryRun { return Console.json(job) }
    guard let id = job["id"]?.string else { throw ClientError("The broker named no job id") }
    throw ExitCode(try Attachment(client, id, cancelsOnSignal: true).run())
  }
}
