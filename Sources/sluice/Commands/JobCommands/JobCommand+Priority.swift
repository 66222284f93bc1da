import APIClient
import ArgumentParser

extension JobCommand {
  struct Priority: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "priority", abstract: "Print a job's priority and what makes it up.")

    @OptionGroup var subject: Subject

    func run() throws { Console.json(try subject.connection.client().priority(subject.id)) }
  }
}
