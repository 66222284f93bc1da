import ArgumentParser

/// `sluice start` is a broker; every other command calls one.
struct Sluice: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sluice", abstract: CommandCatalogue.abstract, discussion: CommandCatalogue.discussion,
    version: VersionCommand.number,
    subcommands: [
      StartCommand.self, ConfigCommand.self, AdminCommand.self, ResourceQueryCommand.self, ShepherdCommand.self,
    ],
    groupedSubcommands: [
      CommandCatalogue.jobs, CommandCatalogue.resources, CommandCatalogue.coordination, CommandCatalogue.broker,
    ])
}

DirectCommand.run(CommandLine.arguments.dropFirst())
Sluice.main()
