import APIClient
import ArgumentParser
import Glibc
import Vocabulary

struct JobCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job",
    abstract: "Look at one job, or change it.",
    subcommands: [
      Status.self, Info.self, Attach.self, Output.self, Eventlog.self, Jobspec.self, ResourceSet.self, Explain.self,
      Priority.self, Raise.self, Kill.self, Update.self, Memo.self, Urgency.self, Wait.self,
    ])

  /// What every look at a job needs.
  struct Subject: ParsableArguments {
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Argument(help: ArgumentHelp("The job, as 'submit' and 'jobs' print it.", valueName: "id"))
    var id: String
  }

  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a job's state; with --wait, wait for its end and exit as it did.")

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

  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print everything the broker says about a job.")

    @OptionGroup var subject: Subject

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() throws {
      let job = try subject.connection.client().job(subject.id)
      if json { return Console.json(job) }
      Console.lines(PropertyList.lines(job, terminal: .output))
    }
  }

  struct Attach: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a job's output from its beginning to its end, and exit as it does.",
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

  struct Eventlog: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a job's events, one JSON object a line (RFC 18).")

    @OptionGroup var subject: Subject

    func run() throws {
      Console.bytes(Array(try subject.connection.client().eventlog(subject.id).utf8), to: STDOUT_FILENO)
    }
  }

  struct Jobspec: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print a job's jobspec as JSON (RFC 14).")

    @OptionGroup var subject: Subject

    func run() throws { Console.json(try subject.connection.client().jobspec(subject.id)) }
  }

  struct ResourceSet: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "R", abstract: "Print the resources that a job got, as JSON (RFC 20).")

    @OptionGroup var subject: Subject

    func run() throws { Console.json(try subject.connection.client().resourceSet(subject.id)) }
  }
}
