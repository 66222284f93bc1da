import APIClient
import ArgumentParser
import Vocabulary

extension JobCommand {
  struct Jobspec: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "jobspec", abstract: "Print a job's jobspec as JSON (RFC 14).")

    @OptionGroup var subject: Subject

    func run() throws { Console.json(try subject.connection.client().jobspec(subject.id)) }
  }
}
