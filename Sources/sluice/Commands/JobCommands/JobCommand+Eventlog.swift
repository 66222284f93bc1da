import APIClient
import ArgumentParser
import Glibc
import Vocabulary

extension JobCommand {
  struct Eventlog: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "eventlog", abstract: "Print a job's events, one JSON object a line (RFC 18).")

    @OptionGroup var subject: Subject

    func run() throws {
      Console.bytes(Array(try subject.connection.client().eventlog(subject.id).utf8), to: STDOUT_FILENO)
    }
  }
}
