import ArgumentParser

/// The commands that call a broker, in the order in which help shows them.
enum CommandCatalogue {
  static let jobs = CommandGroup(
    name: "Jobs",
    subcommands: [
      SubmitCommand.self, BulkSubmitCommand.self, RunCommand.self, BatchCommand.self, JobsCommand.self,
      JobCommand.self, CancelCommand.self,
      WaitCommand.self, PkillCommand.self, PgrepCommand.self, WatchCommand.self, TopCommand.self, HistoryCommand.self,
      EventsCommand.self,
    ])

  static let resources = CommandGroup(
    name: "Resources",
    subcommands: [
      ResourceCommand.self, QueueCommand.self, MaintenanceCommand.self, MatchCommand.self, WhatIfCommand.self,
    ])

  static let coordination = CommandGroup(
    name: "Working together",
    subcommands: [
      KeysCommand.self, BarrierCommand.self, EventCommand.self, CallCommand.self, ServeCommand.self,
    ])

  static let broker = CommandGroup(
    name: "The broker and you",
    subcommands: [
      PingCommand.self, WhoamiCommand.self, TokenCommand.self, LimitsCommand.self, VersionCommand.self,
      CompletionCommand.self,
    ])

  static let abstract = "Runs jobs on the machines you have, and answers for them over HTTPS."

  static let discussion = """
    'sluice start' is a broker; every other command calls one. Your own broker is found by itself: it keeps \
    a socket in $SLUICE_STATE (default ~/.local/state/sluice). Another one is named by --uri or SLUICE_URI, \
    and knows you by a token: --token-file, SLUICE_TOKEN_FILE or SLUICE_TOKEN.

    FIRST STEPS
      sluice start               a broker on this machine
      sluice run -n2 hostname    run something and see its output
      sluice submit ./work       queue something
      sluice jobs -a             what became of it

    Output is for people on a terminal and for programs elsewhere; --json gives what the API gives. NO_COLOR \
    is respected. A command exits with 0 when it did what was asked, with the job's own exit code where it \
    waits for a job, with 1 when the broker refused, and with 64 when the command line makes no sense.
    """
}
