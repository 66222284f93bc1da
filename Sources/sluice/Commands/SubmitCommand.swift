import APIClient
import ArgumentParser
import Vocabulary

struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit", _superCommandName: DirectCommand.program,
    abstract: "Queue a job and print its id.",
    discussion: """
      The job gets your environment and runs in the current folder. Its output is kept by the broker unless \
      --output names a file.

      EXAMPLES
        sluice submit -n4 -c2 ./simulate input.dat
        sluice submit --cc=0-999 --wait ./work '{cc}'
        sluice submit --wait-event=start -t 1h --signal=USR1@2m ./service
        sluice submit -t 10m --dry-run -- ./work -v
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @OptionGroup(title: "Copies") var copies: CopyOptions

  @OptionGroup(title: "Afterwards") var followUp: FollowUpOptions

  @Flag(help: "Check the job without submitting it.")
  var dryRun = false

  @OptionGroup var shown: OutputOptions

  @OptionGroup(title: "The job") var options: SubmissionOptions

  private var submission: SubmissionRun {
    SubmissionRun(copies: copies, followUp: followUp, showsLabels: shown.labels, isDry: dryRun)
  }

  func validate() throws {
    try options.requireCommand()
    try submission.validate()
  }

  func run() throws {
    let request = try options.request(environment: ProcessEnvironment.current, folder: ProcessEnvironment.folder)
    try submission.run(request, try connection.client())
  }
}
