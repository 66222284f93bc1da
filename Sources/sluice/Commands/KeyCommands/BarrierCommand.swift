import APIClient
import ArgumentParser
import Vocabulary

struct BarrierCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "barrier",
    abstract: "Wait until as many processes have come as --size says.",
    discussion: """
      For tasks of one job or of several of yours, on whatever machines. Outlasts a broker that restarts. When \
      all have come the name is free for the next round.

      EXAMPLES
        sluice barrier --size=4 all-ready
        for step in 1 2 3; do ./advance; sluice barrier --size="$FLUX_JOB_SIZE" steps; done
      """)

  @OptionGroup var rendezvous: Rendezvous

  @Option(help: ArgumentHelp("Whose barrier, for the broker's owner. Default: yours.", valueName: "name"))
  var user: String?

  @OptionGroup(title: "Connection") var connection: ConnectionOptions

  @Argument(help: ArgumentHelp("The barrier: 1 to 64 of A-Z a-z 0-9 . _ -.", valueName: "name"))
  var name: String

  func run() throws {
    let client = try connection.client()
    try rendezvous.meet(name) { participant, seconds throws(ClientError) in
      try client.barrier(name, of: user, size: rendezvous.size, participant: participant, for: seconds)
    }
  }
}
