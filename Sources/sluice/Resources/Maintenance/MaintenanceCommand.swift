import ArgumentParser

struct MaintenanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "maintenance", abstract: "Keep nodes free of jobs for a time.",
    discussion: """
      Nothing is placed on the nodes whose time limit reaches into the window; what runs already is not touched. \
      Without --ranks all nodes are meant, without --until it lasts until 'maintenance end'.

      EXAMPLES
        sluice maintenance announce fans --ranks=0-3 --from=2030-01-01T08:00:00Z --until=2030-01-01T12:00:00Z
        sluice maintenance end fans
      """,
    subcommands: [MaintenanceListCommand.self, MaintenanceAnnounceCommand.self, MaintenanceEndCommand.self],
    defaultSubcommand: MaintenanceListCommand.self)
}
