import ArgumentParser

struct JobCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job",
    abstract: "Look at one job, or change it.",
    subcommands: [
      Status.self, Info.self, Attach.self, Output.self, Eventlog.self, Jobspec.self, ResourceSet.self, Explain.self,
      Priority.self, Raise.self, Kill.self, Update.self, Memo.self, Urgency.self, Wait.self, WaitEvent.self, Purge.self,
    ])

  /// What every look at a job needs.
  struct Subject: ParsableArguments {
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Argument(help: ArgumentHelp("The job, as 'submit' and 'jobs' print it.", valueName: "id"))
    var id: String
  }
}
