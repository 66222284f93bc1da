import APIClient
import ArgumentParser
import Vocabulary

extension JobCommand {
  struct Kill: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "kill", abstract: "Send a signal to every process of running jobs.",
      discussion: "Without --signal it is SIGTERM. 'sluice cancel' ends a job for good.")

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Option(
      name: [.customShort("s", allowingJoined: true), .long],
      help: ArgumentHelp("A name or a number.", valueName: "signal"))
    var signal = "SIGTERM"

    @Argument(help: ArgumentHelp("The jobs.", valueName: "id"))
    var ids: [String]

    func run() throws {
      let client = try connection.client()
      for id in ids { _ = try client.act("signal", on: id, ["signal": SignalText.value(signal)]) }
    }
  }
}
