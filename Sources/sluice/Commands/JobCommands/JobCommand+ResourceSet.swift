import APIClient
import ArgumentParser
import Vocabulary

extension JobCommand {
  struct ResourceSet: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "R", abstract: "Print the resources that a job got, as JSON (RFC 20).")

    @OptionGroup var subject: Subject

    func run() throws { Console.json(try subject.connection.client().resourceSet(subject.id)) }
  }
}
