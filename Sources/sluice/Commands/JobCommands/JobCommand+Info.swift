import APIClient
import ArgumentParser
import Vocabulary

extension JobCommand {
  struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "info", abstract: "Print everything the broker says about a job.")

    @OptionGroup var subject: Subject

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() throws {
      let job = try subject.connection.client().job(subject.id)
      if json { return Console.json(job) }
      Console.lines(PropertyList.lines(job, terminal: .output))
    }
  }
}
