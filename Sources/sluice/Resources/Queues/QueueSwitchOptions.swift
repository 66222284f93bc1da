import APIClient
import ArgumentParser
import Vocabulary

/// Which queues one of the switches is for.
struct QueueSwitchOptions: ParsableArguments {
  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(name: [.short, .long], help: "All queues.")
  var all = false

  @Argument(
    help: ArgumentHelp("The queue; without queues of your own there is one, called default.", valueName: "queue"))
  var name: String?

  func validate() throws {
    if all, name != nil { throw ValidationError("--all and a queue exclude each other.") }
  }

  func change(_ body: JSONObject) throws {
    let client = try connection.client()
    if let name {
      _ = try client.changeQueue(name, body)
      return
    }
    let known = try client.queues().compactMap { $0["name"]?.string }
    guard all || known.count <= 1 else {
      throw ValidationError("There are \(known.count) queues; name one, or use --all.")
    }
    for name in known { _ = try client.changeQueue(name, body) }
  }
}
