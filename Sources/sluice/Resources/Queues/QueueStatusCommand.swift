import APIClient
import ArgumentParser
import Vocabulary

struct QueueStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Say whether queues take jobs, and start them.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Argument(help: ArgumentHelp("Only this queue.", valueName: "queue"))
  var name: String?

  func run() throws {
    let queues = try connection.client().queues().filter { name == nil || $0["name"]?.string == name }
    if let name, queues.isEmpty { throw ClientError("There is no queue named \"\(name)\".") }
    for queue in queues {
      let title = JobTable.text(queue["name"])
      func line(_ subject: String, _ isOn: Bool, _ on: String, _ off: String, _ reason: String) {
        let why = queue[reason]?.string.map { ": \($0)" } ?? ""
        Console.line("\(title): \(subject) is \(isOn ? on : off + why)")
      }
      line("Job submission", queue["enabled"]?.bool ?? true, "enabled", "disabled", "disable_reason")
      line("Scheduling", queue["started"]?.bool ?? true, "started", "stopped", "stop_reason")
    }
  }
}
