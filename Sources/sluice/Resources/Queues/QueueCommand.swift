import ArgumentParser

struct QueueCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue", abstract: "Look at the queues, stop and start them, and say what they take.",
    discussion: """
      Jobs that name no queue are in the one called default. A disabled queue takes no new jobs; a stopped one gives \
      its jobs no resources.

      EXAMPLES
        sluice queue list
        sluice queue define debug --policy=easy --requires=ssd --max-nodes=4 --max-time=30m
        sluice queue stop debug --message="upgrade at noon"
        sluice queue start --all
      """,
    subcommands: [
      QueueListCommand.self, QueueStatusCommand.self, QueueStartCommand.self, QueueStopCommand.self,
      QueueEnableCommand.self, QueueDisableCommand.self, QueueDefineCommand.self, QueueRemoveCommand.self,
    ])
}
