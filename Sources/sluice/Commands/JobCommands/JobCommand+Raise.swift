import APIClient
import ArgumentParser
import Vocabulary

extension JobCommand {
  struct Raise: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "raise", abstract: "Raise an exception of a job; severity 0 ends it, others inform.")

    @OptionGroup var subject: Subject

    @Option(name: [.customShort("s", allowingJoined: true), .long], help: "0 (ends the job) to 7.")
    var severity = 0

    @Option(name: [.customShort("t", allowingJoined: true), .long], help: "A word that says what happened.")
    var type = "cancel"

    @Argument(help: ArgumentHelp("A note, kept with the job.", valueName: "note"))
    var note: [String] = []

    func run() throws {
      let body: JSONObject = [
        "type": .string(type), "severity": .integer(Int64(severity)), "note": .string(note.joined(separator: " ")),
      ]
      _ = try subject.connection.client().act("raise", on: subject.id, body)
    }
  }
}
