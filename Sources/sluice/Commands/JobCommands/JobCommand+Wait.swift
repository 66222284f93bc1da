import APIClient
import ArgumentParser
import Vocabulary

extension JobCommand {
  struct Wait: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "wait", abstract: "Wait until jobs have ended, and exit with the highest of their exit codes.")

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Flag(help: "Print each job as one line of JSON.")
    var json = false

    @Argument(help: ArgumentHelp("The jobs, as 'submit' and 'jobs' print them.", valueName: "id"))
    var ids: [String]

    func run() throws {
      let client = try connection.client()
      // A job that is not there, or a broker that is not, shows here and at once.
      for id in ids { _ = try client.job(id) }
      client.outlastsRestarts = true
      var code: Int32 = 0
      for id in ids {
        let job = try client.ended(id)
        let outcome = JobOutcome(job)
        code = max(code, outcome.exitCode)
        if json {
          Console.line(job.jsonText)
        } else if let message = outcome.message {
          Console.note("\(Terminal.error.jobID(id)): \(message)")
        }
      }
      throw ExitCode(code)
    }
  }
}
