import APIClient
import ArgumentParser
import Vocabulary

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", _superCommandName: DirectCommand.program,
    abstract: "Run a job now: show its output, and exit as it does.",
    discussion: """
      Its standard input is yours where that is a pipe or a file; --input=all or --input=0 forwards it from a \
      terminal too, to all tasks or to the first.

      Waits in the queue like any job. Ctrl-C cancels the job; a second one leaves it to its fate. The exit \
      code is the job's own, 128 and the number of the signal that ended it, 127 where there is no such program, \
      or 126 where there is one that cannot be run.

      EXAMPLE
        sluice run -n2 hostname
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(help: "Check the job without running it.")
  var dryRun = false

  @OptionGroup var shown: OutputOptions

  @OptionGroup(title: "The job") var options: SubmissionOptions

  func validate() throws { try options.requireCommand() }

  func run() throws {
    var options = options
    let readers = InputForwarding.readers(wanted: options.input)
    if readers != nil { options.input = nil }
    var request = try options.request(
      environment: ProcessEnvironment.current, folder: ProcessEnvironment.folder)
    if let readers { InputForwarding.ask(for: readers, in: &request) }
    let client = try connection.client()
    let job = try client.submit(request, dryRun: dryRun)
    if dryRun { return Console.json(job) }
    guard let id = job["id"]?.string else { throw ClientError("The broker named no job id") }
    let attachment = Attachment(client, id, cancelsOnSignal: true, showsLabels: shown.labels)
    let code = try attachment.run {
      if readers != nil { InputForwarding.start(endpoint: client.endpoint, id: id) }
    }
    throw ExitCode(code)
  }
}
