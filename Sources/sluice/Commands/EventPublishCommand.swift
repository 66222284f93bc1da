import APIClient
import ArgumentParser
import Vocabulary

struct EventPublishCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pub",
    abstract: "Publish one message.",
    discussion: """
      Who listens at the moment gets it. With --durable the topic is made durable first: its messages are in the \
      broker's log, and listeners resume after a break.
      """)

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Flag(help: "Make the topic durable, if it is not.")
  var durable = false

  @Option(help: ArgumentHelp("Whose topic; for the broker's owner. Default: yours.", valueName: "name"))
  var user: String?

  @Flag(help: "Print what the broker answered as JSON.")
  var json = false

  @Argument(help: "The topic, such as sim.done.")
  var topic: String

  @OptionGroup var payload: PayloadArgument

  func run() throws {
    let payload = try payload.read()
    let client = try connection.client()
    if durable { try client.makeDurable(topic, user: user) }
    let answer = try client.publish(topic, payload, user: user)
    if json { return Console.json(answer) }
    // Where it is in the log: what a listener may begin after.
    if let position = answer["position"]?.string { Console.line(position) }
  }
}
