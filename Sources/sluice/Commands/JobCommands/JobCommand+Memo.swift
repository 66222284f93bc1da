import APIClient
import ArgumentParser
import Vocabulary

extension JobCommand {
  struct Memo: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "memo", abstract: "Note something about a job: KEY=VALUE keeps, KEY= drops.")

    @OptionGroup var subject: Subject

    @Argument(help: ArgumentHelp("The notes.", valueName: "key=value"))
    var notes: [String]

    func run() throws {
      var memo = JSONObject()
      for note in notes {
        let parts = note.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else { throw ValidationError("'\(note)' is no KEY=VALUE.") }
        memo[parts[0]] = parts[1].isEmpty ? .null : .string(parts[1])
      }
      try subject.connection.client().change(subject.id, ["memo": .object(memo)])
    }
  }
}
