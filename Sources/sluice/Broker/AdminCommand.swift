import ArgumentParser
import Journal

/// Works on a state directory without a broker.
struct AdminCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "admin", abstract: "Check, back up or repair a broker's state.", subcommands: [])
}
