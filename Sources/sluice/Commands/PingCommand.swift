import APIClient
import ArgumentParser

struct PingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ping", abstract: "See whether the broker answers, and how fast.")

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Option(
    name: [.customShort("c", allowingJoined: true), .long],
    help: ArgumentHelp("How often.", valueName: "count"))
  var count = 1

  @Flag(help: "Print each answer as JSON.")
  var json = false

  func validate() throws {
    if count < 1 { throw ValidationError("--count is at least 1.") }
  }

  func run() throws {
    let client = try connection.client()
    for _ in 0..<count {
      let begun = Clock.monotonicSeconds
      let answer = try client.health()
      let milliseconds = (Clock.monotonicSeconds - begun) * 1_000
      if json {
        Console.json(answer)
      } else {
        Console.line("\(client.endpoint.name): \(JobTable.fixed(milliseconds, 2)) ms")
      }
    }
  }
}
