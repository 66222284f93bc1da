import APIClient
import ArgumentParser
import Vocabulary

extension JobCommand {
  struct Urgency: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "urgency", abstract: "Change how urgent a waiting job is: 0 to 31, hold, default or expedite.")

    @OptionGroup var subject: Subject

    @Argument(help: ArgumentHelp("The urgency.", valueName: "urgency"))
    var urgency: String

    func run() throws {
      try subject.connection.client().change(
        subject.id, ["urgency": .integer(try SubmissionOptions.urgency(urgency))])
    }
  }
}
