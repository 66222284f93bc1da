import ArgumentParser
import Execution

/// The process that owns this host's tasks; brokers start it, and it outlives them.
struct ShepherdCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shepherd", abstract: "Own the tasks of this host; started by brokers.", shouldDisplay: false)

  @Option(name: .long)
  var socket: String

  @Option(name: .long)
  var state: String

  @Option(name: .long)
  var cgroups = "automatic"

  func run() throws {
    guard let mode = CgroupMode(argument: cgroups) else {
      throw ValidationError("--cgroups is automatic or off")
    }
    try Shepherd.run(ShepherdConfiguration(socketPath: socket, stateDirectory: state, cgroups: mode))
  }
}
