import APIClient
import ArgumentParser
import Vocabulary

extension JobCommand {
  struct Update: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "update", abstract: "Change a job: duration=TIME, queue=NAME, urgency=N.",
      discussion: "Of a running job only the duration changes, and only the instance owner changes it.")

    @OptionGroup var subject: Subject

    @Argument(help: ArgumentHelp("What to change.", valueName: "key=value"))
    var changes: [String]

    func run() throws {
      var body = JSONObject()
      for change in changes {
        let parts = change.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw ValidationError("'\(change)' is no KEY=VALUE.") }
        switch parts[0].replacing("attributes.system.", with: "") {
        case "duration": body["duration"] = .string(SubmissionOptions.withUnit(parts[1]))
        case "queue": body["queue"] = .string(parts[1])
        case "urgency": body["urgency"] = .integer(try SubmissionOptions.urgency(parts[1]))
        default: throw ValidationError("'\(parts[0])' cannot be changed; duration, queue and urgency can.")
        }
      }
      try subject.connection.client().change(subject.id, body)
    }
  }
}
